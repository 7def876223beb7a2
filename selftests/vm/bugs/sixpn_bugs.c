// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has one bug of each class that the debug kernel is to find. Loading it with bug=NAME runs into that one, and fails.
 * Names that begin with "no-" are the same code as it ought to be, of which nothing may be reported.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/ref_tracker.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static char *bug = "";
module_param(bug, charp, 0);
MODULE_PARM_DESC(bug, "which one");

struct object {
	struct timer_list timer;
	atomic_t count;
	int value;
};

static DEFINE_PER_CPU(int, counter);
static DEFINE_SPINLOCK(lock_a);
static DEFINE_SPINLOCK(lock_b);
static struct object __rcu *published;
static struct object *from_timer_object;
static struct timer_list maker;
static volatile int sink, shift = 40;

static noinline struct object *new_object(void)
{
	return kzalloc(sizeof(struct object), GFP_ATOMIC);
}

static noinline void old_object(struct object *object)
{
	kfree(object);
}

static void read_after_free(void)
{
	struct object *object = new_object();

	old_object(object);
	sink = READ_ONCE(object->value);
}

static void atomic_after_free(void)
{
	struct object *object = new_object();

	old_object(object);
	atomic_inc(&object->count);
}

static void no_after_free(void)
{
	struct object *object = new_object();

	atomic_inc(&object->count);
	sink = READ_ONCE(object->value);
	old_object(object);
}

static void out_of_bounds(void)
{
	char *bytes = kmalloc(13, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(bytes);
	bytes[13] = 1;
	kfree(bytes);
}

static noinline void in_timer(struct timer_list *timer)
{
	WRITE_ONCE(from_timer_object, new_object());
}

/* what was allocated in an interrupt has the trace of that */
static void after_free_from_timer(void)
{
	struct object *object;

	timer_setup(&maker, in_timer, 0);
	mod_timer(&maker, jiffies + 1);
	while (!(object = READ_ONCE(from_timer_object)))
		msleep(20);
	timer_delete_sync(&maker);
	old_object(object);
	sink = READ_ONCE(object->value);
}

static void leak(void)
{
	struct object *object = new_object();

	object->value = 1;
}

static void nothing(struct timer_list *timer)
{
}

static void free_active_timer(void)
{
	struct object *object = new_object();

	timer_setup(&object->timer, nothing, 0);
	mod_timer(&object->timer, jiffies + 100 * HZ);
	old_object(object);
}

static void sleep_in_lock(void)
{
	spin_lock(&lock_a);
	might_sleep();
	spin_unlock(&lock_a);
}

static void rcu_without_lock(void)
{
	struct object *object = rcu_dereference(published);

	sink = !object;
}

static void no_rcu_without_lock(void)
{
	rcu_read_lock();
	rcu_without_lock();
	rcu_read_unlock();
}

static void number_of_cpu(void)
{
	sink = smp_processor_id();
}

static void data_of_cpu(void)
{
	__this_cpu_inc(counter);
}

static void no_preemption(void)
{
	unsigned long flags;

	preempt_disable();
	number_of_cpu();
	data_of_cpu();
	preempt_enable();
	local_irq_save(flags);
	number_of_cpu();
	data_of_cpu();
	local_irq_restore(flags);
}

static void preempt_imbalance(void)
{
	preempt_disable();
}

static void shift_too_far(void)
{
	sink = 1 << shift;
}

static void reference_leak(void)
{
	struct ref_tracker_dir dir;
	struct ref_tracker *tracker;

	ref_tracker_dir_init(&dir, 16, "sixpn_bugs");
	ref_tracker_alloc(&dir, &tracker, GFP_KERNEL);
	ref_tracker_dir_exit(&dir);
}

static void lock_order(void)
{
	spin_lock(&lock_a);
	spin_lock(&lock_b);
	spin_unlock(&lock_b);
	spin_unlock(&lock_a);
	spin_lock(&lock_b);
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
	spin_unlock(&lock_b);
}

static const struct {
	const char *name;
	void (*run)(void);
} bugs[] = {
	{ "read-after-free", read_after_free },
	{ "atomic-after-free", atomic_after_free },
	{ "no-after-free", no_after_free },
	{ "out-of-bounds", out_of_bounds },
	{ "after-free-from-timer", after_free_from_timer },
	{ "leak", leak },
	{ "free-active-timer", free_active_timer },
	{ "sleep-in-lock", sleep_in_lock },
	{ "rcu-without-lock", rcu_without_lock },
	{ "no-rcu-without-lock", no_rcu_without_lock },
	{ "number-of-cpu", number_of_cpu },
	{ "data-of-cpu", data_of_cpu },
	{ "no-preemption", no_preemption },
	{ "preempt-imbalance", preempt_imbalance },
	{ "shift-too-far", shift_too_far },
	{ "reference-leak", reference_leak },
	{ "lock-order", lock_order },
};

static int __init bugs_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bugs); i++) {
		if (!strcmp(bug, bugs[i].name)) {
			bugs[i].run();
			return -ECANCELED;
		}
	}
	return -EINVAL;
}

module_init(bugs_init);
MODULE_DESCRIPTION("Bugs that a debug kernel finds");
MODULE_LICENSE("GPL");
