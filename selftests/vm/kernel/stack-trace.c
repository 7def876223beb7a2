// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the debug kernel: takes the place of stack_trace_save() in kernel/stacktrace.c (see build-debug).
 *
 * KASAN, kmemleak, lockdep and the reference trackers want a trace at each allocation, free and new lock. The kernel's unwinder
 * takes half a dozen calls for each frame, so that it survives anything; here the frame pointers of the running task are
 * followed, on its own stack and on the CPU's interrupt stack. A trace that begins on any other stack is unwound as before.
 */
#include <linux/sched/task_stack.h>
#include <asm/current.h>
#include <asm/ptrace.h>

#define KERNEL_TEXT 0xffffffff80000000UL	/* and that of modules */

static inline bool on_stack(unsigned long address, size_t size,
			    unsigned long task, unsigned long irq)
{
	return (address >= task && address + size <= task + THREAD_SIZE) ||
	       (address >= irq - IRQ_STACK_SIZE && address + size <= irq + 8);
}

unsigned int stack_trace_save(unsigned long *store, unsigned int size,
			      unsigned int skipnr)
{
	unsigned long frame = (unsigned long)__builtin_frame_address(0);
	unsigned long task = (unsigned long)task_stack_page(current);
	/* 8 below the end */
	unsigned long irq = (unsigned long)raw_cpu_read(pcpu_hot.hardirq_stack_ptr);
	unsigned long address;
	unsigned int len = 0;

	if (!on_stack(frame, 16, task, irq))
		return stack_trace_unwind(store, size, skipnr + 1);

	while (len < size) {
		/* the entry code marks the frame of an interrupt with 1 */
		if (frame & 1) {
			struct pt_regs *regs = (void *)(frame - 1);

			if (!on_stack(frame - 1, sizeof(*regs), task, irq) ||
			    user_mode(regs))
				break;
			address = regs->ip;
			frame = regs->bp;
		} else {
			if (!on_stack(frame, 16, task, irq))
				break;
			address = ((unsigned long *)frame)[1];
			frame = ((unsigned long *)frame)[0];
		}
		if (address < KERNEL_TEXT)
			break;
		if (skipnr)
			skipnr--;
		else
			store[len++] = address;
	}
	return len;
}
EXPORT_SYMBOL_GPL(stack_trace_save);
