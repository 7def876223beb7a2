// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <sixpn/addr.h>

#include "keys.h"
#include "random_model.h"

/* The counted one. */
static bool refuses(struct refusing *refusing, struct sixpn_error *error)
{
	refusing->requests++;
	if (refusing->requests == refusing->refused ||
	    (refusing->for_ever && refusing->requests > refusing->refused)) {
		sixpn_error_set(error, -EPERM, "no");
		return true;
	}
	return false;
}

bool fake_copy_all(struct sixpn_device *to, const struct sixpn_device *from)
{
	size_t i;

	if (!copy_device(to, from))
		return false;
	to->networks = NULL;
	to->network_count = to->network_room = 0;
	to->machines = NULL;
	to->machine_count = to->machine_room = 0;
	to->routes = NULL;
	to->route_count = to->route_room = 0;
	for (i = 0; i < from->network_count; i++)
		*sixpn_device_add_network(to) = from->networks[i];
	for (i = 0; i < from->machine_count; i++)
		*sixpn_device_add_machine(to) = from->machines[i];
	for (i = 0; i < from->route_count; i++)
		*sixpn_device_add_route(to) = from->routes[i];
	return true;
}

static int device_get(void *context, unsigned int parts,
		      struct sixpn_device *device, struct sixpn_error *error)
{
	struct refusing *refusing = context;

	(void)error;
	sixpn_device_clear(device);
	fake_copy_all(device, &refusing->kernel.state);
	if (!(parts & SIXPN_READ_PEERS))
		sixpn_device_clear_peers(device);
	if (!(parts & SIXPN_READ_OBJECTS))
		sixpn_device_clear_objects(device);
	return 0;
}

static bool hangs_on(const struct sixpn_machine *machine,
		     const uint8_t key[SIXPN_KEY_LEN])
{
	return machine->has & SIXPN_MACHINE_HAS_PEER_KEY &&
	       sixpn_key_equal(machine->peer_key, key);
}

void fake_drop_orphans(struct sixpn_device *state)
{
	size_t i;

	for (i = state->machine_count; i-- > 0;) {
		struct sixpn_machine *machine = &state->machines[i];

		if (machine->has & SIXPN_MACHINE_HAS_PEER_KEY &&
		    !fake_peer_find(state, machine->peer_key))
			*machine = state->machines[--state->machine_count];
	}
	for (i = state->route_count; i-- > 0;)
		if (!sixpn_device_host_peer(state, state->routes[i].host_id))
			state->routes[i] = state->routes[--state->route_count];
}

/* A peer that machines hang on stays of its kind. */
static bool breaks_client(const struct sixpn_device *state,
			  const struct sixpn_device *change)
{
	size_t i, j;

	for (i = 0; i < change->peer_count; i++)
		for (j = 0; j < state->machine_count; j++)
			if (!(change->peers[i].flags & SIXPN_PEER_F_REMOVE) &&
			    change->peers[i].has & SIXPN_PEER_HAS_KIND &&
			    change->peers[i].kind != SIXPN_PEER_KIND_CLIENT &&
			    hangs_on(&state->machines[j],
				     change->peers[i].public_key))
				return true;
	return false;
}

static int device_set(void *context, const struct sixpn_device *change,
		      struct sixpn_error *error)
{
	struct refusing *refusing = context;

	if (refuses(refusing, error))
		return -EPERM;
	if (refusing->stale) {
		refusing->stale--;
		return sixpn_error_set(error, -ESTALE, "too late");
	}
	if (refusing->refused_key &&
	    sixpn_undo_is_named(change, refusing->refused_key))
		return sixpn_error_set(error, -EINVAL, "not this one");
	if (breaks_client(&refusing->kernel.state, change))
		return sixpn_error_set(error, -EBUSY, "machines hang on it");
	fake_device_set(&refusing->kernel.state, change);
	fake_drop_orphans(&refusing->kernel.state);
	return 0;
}

static int network_get(void *context, uint32_t id, struct sixpn_device *device,
		       struct sixpn_error *error)
{
	struct refusing *refusing = context;

	(void)device;
	return fake_network_find(&refusing->kernel.state, id) ? 0 :
	       sixpn_error_set(error, -ENOENT, "no such network");
}

static int network_apply(void *context, const struct sixpn_network *network,
			 bool *made, struct sixpn_error *error)
{
	struct refusing *refusing = context;
	struct fake_kernel *kernel = &refusing->kernel;

	*made = false;
	if (network->remove) {
		/* All that can be known before has been looked at. */
		if (!fake_network_find(&kernel->state, network->id))
			return -ENOENT;
		fake_network_remove(kernel, network->id);
		return 0;
	}
	if (refuses(refusing, error))
		return -EPERM;
	*made = !fake_network_find(&kernel->state, network->id);
	fake_network_make(kernel, network->id);
	return 0;
}

static int machine_check(void *context, const struct sixpn_machine *wanted,
			 struct sixpn_error *error)
{
	const struct refusing *refusing = context;

	if (refusing->refused_name &&
	    !strcmp(wanted->name, refusing->refused_name))
		return sixpn_error_set(error, -ENOENT, "no such namespace");
	return 0;
}

static int apply_machine(struct fake_kernel *kernel,
			 const struct sixpn_machine *wanted,
			 struct sixpn_machine_done *done,
			 struct sixpn_error *error)
{
	struct sixpn_machine *found = fake_machine_find(&kernel->state, wanted);

	if ((wanted->remove && !found) ||
	    !fake_network_find(&kernel->state, wanted->network) ||
	    (wanted->has & SIXPN_MACHINE_HAS_PEER_KEY &&
	     !fake_peer_find(&kernel->state, wanted->peer_key)))
		return sixpn_error_set(error, -ENOENT, "not there");
	if (found)
		done->before = *found;
	done->made = !found;
	done->removed = wanted->remove;
	done->attached = found && !wanted->remove &&
			 wanted->has & SIXPN_MACHINE_HAS_ATTACHMENT;
	done->moved = found && !wanted->remove &&
		      wanted->has & SIXPN_MACHINE_HAS_MOVED_TO;
	if (found && found->attachment == SIXPN_ATTACHMENT_PORT)
		done->place = open("/dev/null", O_RDONLY | O_CLOEXEC);
	done->now = done->before;
	fake_machine_apply(kernel, wanted);
	found = fake_machine_find(&kernel->state, wanted);
	if (found)
		done->now = *found;
	return 0;
}

static int machine_apply(void *context, const struct sixpn_machine *wanted,
			 struct sixpn_machine_done *done,
			 struct sixpn_error *error)
{
	struct refusing *refusing = context;

	return refuses(refusing, error) ? -EPERM :
	       apply_machine(&refusing->kernel, wanted, done, error);
}

static int machine_undo(void *context, struct sixpn_machine_done *done,
			struct sixpn_error *error)
{
	struct sixpn_machine_done undone;
	struct sixpn_machine inverse;
	int ret;

	if (!sixpn_machine_inverse(&inverse, done))
		return 0;
	sixpn_machine_done_init(&undone, false);
	ret = machine_apply(context, &inverse, &undone, error);
	sixpn_machine_done_clear(&undone);
	return ret;
}

static int route_get(void *context, const struct in6_addr *address,
		     struct sixpn_device *device, struct sixpn_error *error)
{
	struct refusing *refusing = context;
	struct sixpn_route *found;

	found = fake_route_find(&refusing->kernel.state, address);
	if (!found)
		return sixpn_error_set(error, -ENOENT, "no such route");
	*sixpn_device_add_route(device) = *found;
	return 0;
}

static int route_apply(void *context, const struct sixpn_route *route,
		       struct sixpn_error *error)
{
	struct refusing *refusing = context;
	struct sixpn_device *state = &refusing->kernel.state;

	if (refuses(refusing, error))
		return -EPERM;
	if (route->remove ? !fake_route_find(state, &route->address) :
			    !sixpn_device_host_peer(state, route->host_id))
		return sixpn_error_set(error, -ENOENT, "not there");
	if (!fake_network_find(state, sixpn_addr_network(&route->address)))
		return sixpn_error_set(error, -ENOENT, "no such network");
	fake_route_apply(&refusing->kernel, route);
	return 0;
}

const struct sixpn_kernel_ops refusing_ops = {
	.device_get = device_get,
	.device_set = device_set,
	.network_get = network_get,
	.network_apply = network_apply,
	.machine_check = machine_check,
	.machine_apply = machine_apply,
	.machine_undo = machine_undo,
	.route_get = route_get,
	.route_apply = route_apply,
};
