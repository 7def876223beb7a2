// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sixpn/addr.h>

#include "keys.h"
#include "netns.h"
#include "object_message.h"
#include "object_request.h"
#include "port.h"

#define NAMES (SIXPN_MACHINE_HAS_ID | SIXPN_MACHINE_HAS_NAME | \
	       SIXPN_MACHINE_HAS_ADDRESS)
#define PLACE (SIXPN_MACHINE_HAS_ATTACHMENT | SIXPN_MACHINE_HAS_IFNAME | \
	       SIXPN_MACHINE_HAS_IFINDEX | SIXPN_MACHINE_HAS_NETNS_FD | \
	       SIXPN_MACHINE_HAS_PEER_KEY)

/* @result: takes the machine of the answer; NULL if there is none to come */
static int machine_request(struct sixpn_netlink *netlink, uint8_t command,
			   const char *ifname,
			   const struct sixpn_machine *machine,
			   enum sixpn_machine_part part,
			   struct sixpn_machine *result,
			   struct sixpn_error *error)
{
	struct nl_msg *message = sixpn_object_begin(netlink, command, ifname);
	struct sixpn_device answer = { 0 };
	int ret;

	if (!message)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	ret = sixpn_object_finish(netlink, message,
				  sixpn_object_put_machine(message, machine,
							   part),
				  result ? &answer : NULL, error);
	if (!ret && result && !answer.machine_count)
		ret = sixpn_error_set(error, -EBADMSG,
				      "the kernel's answer is malformed");
	if (!ret && result) {
		sixpn_machine_clear(result);
		*result = answer.machines[0];
		memset(&answer.machines[0], 0, sizeof(*answer.machines));
	}
	sixpn_device_clear(&answer);
	return ret;
}

int sixpn_machine_get(struct sixpn_netlink *netlink, const char *ifname,
		      const struct sixpn_machine *named,
		      struct sixpn_machine *result, struct sixpn_error *error)
{
	return machine_request(netlink, SIXPN_CMD_MACHINE_GET, ifname, named,
			       SIXPN_MACHINE_NAMED, result, error);
}

void sixpn_machine_done_init(struct sixpn_machine_done *done, bool undoable)
{
	memset(done, 0, sizeof(*done));
	done->undoable = undoable;
	done->place = -1;
}

void sixpn_machine_done_clear(struct sixpn_machine_done *done)
{
	if (done->place >= 0)
		close(done->place);
	sixpn_machine_clear(&done->before);
	sixpn_machine_clear(&done->now);
	sixpn_machine_done_init(done, false);
}

/* A machine on its way to what is wanted. */
struct making {
	struct sixpn_netlink *netlink;
	const char *ifname;
	struct sixpn_machine wanted;	/* borrows; with netns_fd */
	struct sixpn_netns *netns;	/* where addresses go; may be NULL */
	int opened;			/* what @wanted.netns stands for, or -1 */
	struct sixpn_machine_done *done;
	struct sixpn_error *error;
};

/* Whether all names that are given are those of @machine. */
static bool is_named(const struct sixpn_machine *wanted,
		     const struct sixpn_machine *machine)
{
	if (wanted->has & SIXPN_MACHINE_HAS_ADDRESS &&
	    !sixpn_addr_same_machine(&wanted->address, &machine->address))
		return false;
	if (wanted->has & SIXPN_MACHINE_HAS_ID && wanted->id != machine->id)
		return false;
	return !(wanted->has & SIXPN_MACHINE_HAS_NAME) ||
	       !strcmp(wanted->name, machine->name);
}

/* Whether it hangs already where it is wanted. */
static bool is_attached(const struct making *making)
{
	const struct sixpn_machine *wanted = &making->wanted;
	const struct sixpn_machine *now = &making->done->before;

	if (wanted->attachment == SIXPN_ATTACHMENT_NONE)
		return now->attachment == SIXPN_ATTACHMENT_NONE;
	if (now->attachment != wanted->attachment)
		return false;
	switch (wanted->attachment) {
	case SIXPN_ATTACHMENT_PORT:
	case SIXPN_ATTACHMENT_BIND:
		return now->has & SIXPN_MACHINE_HAS_IFINDEX &&
		       !strcmp(now->ifname, wanted->ifname) &&
		       making->netns &&
		       sixpn_netns_index(making->netns, wanted->ifname) ==
		       now->ifindex;
	case SIXPN_ATTACHMENT_CLIENT:
		return sixpn_key_equal(now->peer_key, wanted->peer_key);
	default:
		return true;
	}
}

/* Whether there is something to take it from. */
static bool hangs(const struct sixpn_machine *machine)
{
	switch (machine->attachment) {
	case SIXPN_ATTACHMENT_NONE:
		return false;
	case SIXPN_ATTACHMENT_PORT:
	case SIXPN_ATTACHMENT_BIND:
		return machine->has & SIXPN_MACHINE_HAS_IFINDEX;
	default:
		return true;
	}
}

/* Before it is taken from where it hangs: what it takes to put it back. */
static void note_place(struct making *making)
{
	struct sixpn_machine_done *done = making->done;
	const struct sixpn_machine *before = &done->before;
	struct sixpn_netns *netns;
	struct sixpn_error ignored;
	uint32_t mesh, ifindex;
	int fd = -1;

	if (!hangs(before) || (before->attachment != SIXPN_ATTACHMENT_PORT &&
			       before->attachment != SIXPN_ATTACHMENT_HOST) ||
	    sixpn_netns_enter(-1, &netns, &ignored))
		return;
	mesh = sixpn_netns_index(netns, making->ifname);
	ifindex = mesh;
	if (before->attachment == SIXPN_ATTACHMENT_PORT) {
		sixpn_netns_leave(netns);
		fd = sixpn_port_find(mesh, before);
		if (fd < 0)
			return;
		ifindex = before->ifindex;
		done->place = fd;
		if (sixpn_netns_enter(fd, &netns, &ignored))
			return;
	}
	done->had_address = sixpn_netns_has_address(netns, ifindex,
						    &before->address);
	sixpn_netns_leave(netns);
}

static int detach(struct making *making)
{
	const struct sixpn_machine request = {
		.has = SIXPN_MACHINE_HAS_ADDRESS | SIXPN_MACHINE_HAS_ATTACHMENT,
		.address = making->done->before.address,
		.attachment = SIXPN_ATTACHMENT_NONE,
	};

	return machine_request(making->netlink, SIXPN_CMD_MACHINE_SET,
			       making->ifname, &request, SIXPN_MACHINE_CHANGE,
			       &making->done->now, making->error);
}

/* What of @making->wanted differs from how it is. */
static uint32_t differs(const struct making *making)
{
	const struct sixpn_machine *wanted = &making->wanted;
	uint32_t has = wanted->has & (PLACE | SIXPN_MACHINE_HAS_MOVED_TO);

	if (!(has & SIXPN_MACHINE_HAS_ATTACHMENT) || is_attached(making))
		has &= SIXPN_MACHINE_HAS_MOVED_TO;
	if (wanted->moved_to == making->done->before.moved_to)
		has &= ~(uint32_t)SIXPN_MACHINE_HAS_MOVED_TO;
	return has;
}

/* It exists: change what differs. @making->done->before is it. */
static int change(struct making *making)
{
	struct sixpn_machine request = making->wanted;
	struct sixpn_machine_done *done = making->done;
	bool again;
	int ret;

	done->now = done->before;
	request.has = differs(making);
	if (!request.has)
		return 0;
	/* A file may move it from where it hangs; on the command line that
	 * takes two steps.
	 */
	again = making->wanted.reattach &&
		request.has & SIXPN_MACHINE_HAS_ATTACHMENT &&
		request.attachment != SIXPN_ATTACHMENT_NONE &&
		hangs(&done->before);
	if (again || (done->undoable &&
		      request.has & SIXPN_MACHINE_HAS_ATTACHMENT))
		note_place(making);
	if (again) {
		ret = detach(making);
		if (ret)
			return ret;
		done->attached = true;
	}
	request.has |= SIXPN_MACHINE_HAS_ADDRESS;
	request.address = done->before.address;
	ret = machine_request(making->netlink, SIXPN_CMD_MACHINE_SET,
			      making->ifname, &request, SIXPN_MACHINE_CHANGE,
			      &done->now, making->error);
	if (ret)
		return ret;
	done->attached = request.has & SIXPN_MACHINE_HAS_ATTACHMENT;
	done->moved = request.has & SIXPN_MACHINE_HAS_MOVED_TO;
	return 0;
}

static int find(struct making *making)
{
	struct sixpn_machine_done *done = making->done;
	int ret;

	ret = sixpn_machine_get(making->netlink, making->ifname,
				&making->wanted, &done->before, making->error);
	if (!ret && !is_named(&making->wanted, &done->before))
		ret = sixpn_error_set(making->error, -ENOENT,
				      "no machine has all of these names");
	return ret;
}

static int make(struct making *making)
{
	struct sixpn_machine_done *done = making->done;
	struct sixpn_error ignored;
	int ret;

	if (making->wanted.must_exist) {
		ret = find(making);
		return ret ? ret : change(making);
	}

	ret = machine_request(making->netlink, SIXPN_CMD_MACHINE_NEW,
			      making->ifname, &making->wanted,
			      SIXPN_MACHINE_WHOLE, &done->now, making->error);
	done->made = !ret;
	if (ret != -EEXIST || making->wanted.must_make ||
	    !(making->wanted.has & NAMES))
		return ret;
	/* Not of this machine: the name of the port may be taken, or the id
	 * another machine's. What MACHINE_NEW said of it stands.
	 */
	if (sixpn_machine_get(making->netlink, making->ifname, &making->wanted,
			      &done->before, &ignored) ||
	    !is_named(&making->wanted, &done->before))
		return ret;
	return change(making);
}

/* Note that a netdev has it from us, unless it had it already. */
static void note_given(struct making *making, bool added, unsigned int what)
{
	if (added)
		making->done->given |= what;
}

/* The mesh device of attachment host. */
static int give_host(struct making *making)
{
	struct sixpn_netns *netns = making->netns;
	struct sixpn_error *error = making->error;
	bool added = false;
	int ret;

	/* The prefix route comes and goes with the address. */
	ret = sixpn_netns_add_address(netns,
				      sixpn_netns_index(netns, making->ifname),
				      &making->done->now.address,
				      SIXPN_NETWORK_LEN, &added, error);
	note_given(making, added, SIXPN_GIVEN_ADDRESS);
	return ret ? sixpn_error_prefix(error, ret,
					"cannot give %s the address (no-address leaves it to you)",
					making->ifname) : 0;
}

static int give_routes(struct making *making, uint32_t ifindex)
{
	struct sixpn_error *error = making->error;
	bool added = false;
	struct in6_addr prefix;
	int ret;

	/* Its own network by its own route: a namespace may have ports of
	 * several, and the first of them has the route to the rest.
	 */
	sixpn_addr_build(&prefix, making->done->now.network, 0, 0, 0);
	ret = sixpn_netns_add_route(making->netns, ifindex, &prefix,
				    SIXPN_NETWORK_LEN, &added, error);
	note_given(making, added, SIXPN_GIVEN_ROUTE);
	if (ret)
		return ret;
	sixpn_addr_build(&prefix, 0, 0, 0, 0);
	added = false;
	ret = sixpn_netns_add_route(making->netns, ifindex, &prefix,
				    SIXPN_PREFIX_LEN, &added, error);
	note_given(making, added, SIXPN_GIVEN_PREFIX_ROUTE);
	return ret;
}

static int give_port(struct making *making)
{
	const struct sixpn_machine *machine = &making->done->now;
	struct sixpn_error *error = making->error;
	bool added = false;
	int ret;

	ret = sixpn_netns_add_address(making->netns, machine->ifindex,
				      &machine->address, 128, &added, error);
	note_given(making, added, SIXPN_GIVEN_ADDRESS);
	if (ret)
		return sixpn_error_prefix(error, ret,
					  "cannot give %s its address (no-address leaves it to you)",
					  machine->ifname);
	ret = give_routes(making, machine->ifindex);
	return ret ? sixpn_error_prefix(error, ret,
					"cannot give %s its routes (no-address leaves them to you)",
					machine->ifname) : 0;
}

static int give_addresses(struct making *making)
{
	if (!making->netns || making->wanted.no_address)
		return 0;
	switch (making->wanted.attachment) {
	case SIXPN_ATTACHMENT_PORT:
		return give_port(making);
	case SIXPN_ATTACHMENT_HOST:
		return give_host(making);
	default:
		return 0;
	}
}

/* What has just been given to a netdev is taken away again. */
static int take_back(const char *ifname, struct sixpn_machine_done *done,
		     struct sixpn_error *error)
{
	const struct sixpn_machine *machine = &done->now;
	bool is_port = machine->attachment == SIXPN_ATTACHMENT_PORT;
	struct sixpn_netns *netns;
	struct in6_addr prefix;
	uint32_t ifindex;
	int ret;

	ret = sixpn_netns_enter(is_port ? done->place : -1, &netns, error);
	if (ret)
		return ret;
	ifindex = is_port ? machine->ifindex : sixpn_netns_index(netns, ifname);
	sixpn_addr_build(&prefix, 0, 0, 0, 0);
	if (done->given & SIXPN_GIVEN_PREFIX_ROUTE)
		ret = sixpn_netns_remove_route(netns, ifindex, &prefix,
					       SIXPN_PREFIX_LEN, error);
	sixpn_addr_build(&prefix, machine->network, 0, 0, 0);
	if (!ret && done->given & SIXPN_GIVEN_ROUTE)
		ret = sixpn_netns_remove_route(netns, ifindex, &prefix,
					       SIXPN_NETWORK_LEN, error);
	if (!ret && done->given & SIXPN_GIVEN_ADDRESS)
		ret = sixpn_netns_remove_address(netns, ifindex,
						 &machine->address,
						 is_port ? 128 :
						 SIXPN_NETWORK_LEN, error);
	sixpn_netns_leave(netns);
	return ret;
}

/* The namespaces that making it will need, opened before anything is made. */
static int open_namespaces(struct making *making)
{
	struct sixpn_machine *wanted = &making->wanted;
	int fd = -1, ret;

	if (!(wanted->has & SIXPN_MACHINE_HAS_ATTACHMENT))
		return 0;
	if (wanted->netns) {
		ret = sixpn_netns_open(wanted->netns, &fd, making->error);
		if (ret)
			return ret;
		making->opened = fd;
		wanted->netns_fd = fd;
		wanted->has |= SIXPN_MACHINE_HAS_NETNS_FD;
	} else if (wanted->has & SIXPN_MACHINE_HAS_NETNS_FD) {
		fd = wanted->netns_fd;
	}
	if (wanted->attachment == SIXPN_ATTACHMENT_NONE ||
	    wanted->attachment == SIXPN_ATTACHMENT_CLIENT)
		return 0;
	ret = sixpn_netns_enter(fd, &making->netns, making->error);
	if (ret && wanted->netns)
		sixpn_error_prefix(making->error, ret, "netns %s",
				   wanted->netns);
	/* Without an address to give it serves to compare only. */
	return wanted->no_address ? 0 : ret;
}

static void close_namespaces(struct making *making)
{
	if (making->opened >= 0)
		close(making->opened);
	sixpn_netns_leave(making->netns);
}

/* What we gave the mesh device; perhaps it was never there. */
static void remove_host_address(const char *ifname,
				const struct sixpn_machine *machine)
{
	struct sixpn_error ignored;
	struct sixpn_netns *netns;

	if (sixpn_netns_enter(-1, &netns, &ignored))
		return;
	sixpn_netns_remove_address(netns, sixpn_netns_index(netns, ifname),
				   &machine->address, SIXPN_NETWORK_LEN,
				   &ignored);
	sixpn_netns_leave(netns);
}

static int remove_machine(struct making *making)
{
	struct sixpn_machine_done *done = making->done;
	int ret = find(making);

	if (ret)
		return ret;
	if (done->undoable)
		note_place(making);
	ret = machine_request(making->netlink, SIXPN_CMD_MACHINE_DEL,
			      making->ifname, &done->before,
			      SIXPN_MACHINE_NAMED, NULL, making->error);
	if (ret)
		return ret;
	done->removed = true;
	done->now = done->before;
	if (done->before.attachment == SIXPN_ATTACHMENT_HOST &&
	    !making->wanted.no_address)
		remove_host_address(making->ifname, &done->before);
	return 0;
}

/* The namespace of a port that stays, for take_back(). */
static void note_netns(struct making *making)
{
	struct sixpn_machine_done *done = making->done;

	if (!done->given || done->made || done->attached || done->place >= 0 ||
	    making->wanted.attachment != SIXPN_ATTACHMENT_PORT)
		return;
	done->place = making->wanted.has & SIXPN_MACHINE_HAS_NETNS_FD ?
		      fcntl(making->wanted.netns_fd, F_DUPFD_CLOEXEC, 3) :
		      sixpn_netns_self();
}

static int apply(struct making *making)
{
	const struct sixpn_machine_done *done = making->done;
	int ret;

	if (making->wanted.remove)
		return remove_machine(making);
	ret = open_namespaces(making);
	if (!ret)
		ret = make(making);
	if (!ret)
		ret = give_addresses(making);
	note_netns(making);
	if (!ret && !done->made && !making->wanted.no_address &&
	    done->before.attachment == SIXPN_ATTACHMENT_HOST &&
	    done->now.attachment != SIXPN_ATTACHMENT_HOST)
		remove_host_address(making->ifname, &done->now);
	return ret;
}

static int apply_once(struct sixpn_netlink *netlink, const char *ifname,
		      const struct sixpn_machine *wanted,
		      struct sixpn_machine_done *done,
		      struct sixpn_error *error)
{
	struct making making = {
		.netlink = netlink, .ifname = ifname, .wanted = *wanted,
		.opened = -1, .done = done, .error = error,
	};
	int ret = apply(&making);

	close_namespaces(&making);
	return ret;
}

int sixpn_machine_apply(struct sixpn_netlink *netlink, const char *ifname,
			const struct sixpn_machine *wanted,
			struct sixpn_machine_done *done,
			struct sixpn_error *error)
{
	struct sixpn_error why;
	int ret = apply_once(netlink, ifname, wanted, done, error);

	if (ret && sixpn_machine_undo(netlink, ifname, done, &why))
		sixpn_error_append(error, "; left changed, for undoing it failed: %s",
				   why.text);
	return ret;
}

/* Where it hung, as far as that can be asked for. */
static void inverse_place(struct sixpn_machine *inverse,
			  const struct sixpn_machine_done *done)
{
	const struct sixpn_machine *before = &done->before;

	inverse->has |= SIXPN_MACHINE_HAS_ATTACHMENT;
	inverse->attachment = SIXPN_ATTACHMENT_NONE;
	if (!hangs(before) || (before->attachment == SIXPN_ATTACHMENT_PORT &&
			       done->place < 0))
		return;
	inverse->reattach = true;
	inverse->attachment = before->attachment;
	inverse->no_address = !done->had_address;
	inverse->has |= before->has & SIXPN_MACHINE_HAS_PEER_KEY;
	memcpy(inverse->peer_key, before->peer_key, SIXPN_KEY_LEN);
	/* By name only: the kernel takes no index beside it. */
	inverse->has |= before->has & SIXPN_MACHINE_HAS_IFNAME;
	memcpy(inverse->ifname, before->ifname, sizeof(inverse->ifname));
	if (before->attachment == SIXPN_ATTACHMENT_PORT) {
		inverse->has |= SIXPN_MACHINE_HAS_NETNS_FD;
		inverse->netns_fd = done->place;
	}
}

bool sixpn_machine_inverse(struct sixpn_machine *inverse,
			   const struct sixpn_machine_done *done)
{
	const struct sixpn_machine *before = &done->before;

	*inverse = (struct sixpn_machine){
		.has = SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_ADDRESS,
		.network = done->now.network,
		.address = done->now.address,
		.remove = done->made,
	};
	if (done->made)
		return true;
	if (done->removed) {
		inverse->has |= before->has & SIXPN_MACHINE_HAS_NAME;
		memcpy(inverse->name, before->name, sizeof(inverse->name));
	}
	if (done->removed || done->attached)
		inverse_place(inverse, done);
	if (done->removed || done->moved) {
		inverse->has |= SIXPN_MACHINE_HAS_MOVED_TO;
		inverse->moved_to = before->moved_to;
	}
	return done->removed || done->attached || done->moved;
}

int sixpn_machine_undo(struct sixpn_netlink *netlink, const char *ifname,
		       struct sixpn_machine_done *done,
		       struct sixpn_error *error)
{
	struct sixpn_machine_done undone;
	struct sixpn_machine inverse;
	int ret = 0;

	/* With its port its addresses go. */
	if (done->given && !done->made && !done->attached)
		ret = take_back(ifname, done, error);
	if (ret || !sixpn_machine_inverse(&inverse, done))
		return ret;
	sixpn_machine_done_init(&undone, false);
	/* Once: undoing what undoes would go round in circles. */
	ret = apply_once(netlink, ifname, &inverse, &undone, error);
	sixpn_machine_done_clear(&undone);
	if (!ret && (done->removed || done->attached) &&
	    hangs(&done->before) &&
	    inverse.attachment == SIXPN_ATTACHMENT_NONE)
		ret = sixpn_error_set(error, -ENOENT,
				      "port %s is gone, for it is not known in which namespace it was",
				      done->before.ifname);
	return ret;
}
