// SPDX-License-Identifier: GPL-2.0-or-later
#include "port.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "netns.h"

#define KIND "sixpn"
#define NO_NSID (-1)

/* A port as its namespace tells of it. */
struct link {
	uint32_t ifindex;
	uint32_t network, id;
	int32_t nsid;	/* of the mesh device's namespace, there */
	char ifname[IFNAMSIZ];
};

/* A namespace that is looked at, and what is looked for. */
struct search {
	uint32_t mesh;
	struct sixpn_machine *machines;
	size_t count;
	int self;		/* the caller's namespace, where the mesh is */
	struct stat self_stat;
	ino_t *seen;
	size_t seen_count, seen_room;
	/* the present one */
	int fd;
	const char *name;	/* NULL: the caller's */
	struct link *links;
	size_t link_count, link_room;
	/* Takes what was found; a non-zero return ends the search. */
	int (*found)(struct search *search, struct sixpn_machine *machine);
};

static struct link *add_link(struct search *search)
{
	size_t room = search->link_room ? search->link_room * 2 : 8;
	struct link *links = search->links;

	if (search->link_count == search->link_room) {
		links = realloc(links, room * sizeof(*links));
		if (!links)
			return NULL;
		search->links = links;
		search->link_room = room;
	}
	return &links[search->link_count++];
}

static bool read_kind(struct link *link, struct nlattr *info)
{
	struct nlattr *tb[IFLA_INFO_MAX + 1], *data[SIXPN_LINK_A_MAX + 1];

	if (!info || nla_parse_nested(tb, IFLA_INFO_MAX, info, NULL) < 0 ||
	    !tb[IFLA_INFO_KIND] || nla_strcmp(tb[IFLA_INFO_KIND], KIND) ||
	    !tb[IFLA_INFO_DATA] ||
	    nla_parse_nested(data, SIXPN_LINK_A_MAX, tb[IFLA_INFO_DATA],
			     NULL) < 0 ||
	    !data[SIXPN_LINK_A_NETWORK] || !data[SIXPN_LINK_A_MACHINE_ID])
		return false;
	link->network = nla_get_u32(data[SIXPN_LINK_A_NETWORK]);
	link->id = nla_get_u32(data[SIXPN_LINK_A_MACHINE_ID]);
	return true;
}

/* One link of a dump: kept if it is a port of a device of this index. */
static int take_link(void *context, const void *data, size_t length)
{
	const struct ifinfomsg *head = data;
	struct nlattr *tb[IFLA_MAX + 1];
	struct search *search = context;
	struct link link = { .nsid = NO_NSID }, *kept;

	if (length < sizeof(*head) ||
	    nla_parse(tb, IFLA_MAX,
		      (struct nlattr *)((uintptr_t)data + sizeof(*head)),
		      (int)(length - sizeof(*head)), NULL) < 0)
		return -EBADMSG;
	if (!tb[IFLA_IFNAME] || !tb[IFLA_LINK] ||
	    nla_get_u32(tb[IFLA_LINK]) != search->mesh ||
	    !read_kind(&link, tb[IFLA_LINKINFO]))
		return 0;
	if (tb[IFLA_LINK_NETNSID])
		link.nsid = (int32_t)nla_get_u32(tb[IFLA_LINK_NETNSID]);
	link.ifindex = (uint32_t)head->ifi_index;
	nla_strlcpy(link.ifname, tb[IFLA_IFNAME], sizeof(link.ifname));
	kept = add_link(search);
	if (!kept)
		return -ENOMEM;
	*kept = link;
	return 0;
}

static int dump_links(struct search *search, struct sixpn_netns *netns)
{
	struct ifinfomsg head = { .ifi_family = AF_UNSPEC };
	struct nl_msg *message = nlmsg_alloc_simple(RTM_GETLINK, NLM_F_DUMP);
	struct nlattr *info;

	if (!message || nlmsg_append(message, &head, sizeof(head), 4))
		goto out_of_memory;
	info = nla_nest_start(message, IFLA_LINKINFO);
	if (!info || nla_put_string(message, IFLA_INFO_KIND, KIND) ||
	    nla_nest_end(message, info) < 0)
		goto out_of_memory;
	search->link_count = 0;
	return sixpn_netns_ask(netns, message, take_link, search);

out_of_memory:
	nlmsg_free(message);
	return -ENOMEM;
}

static int take_nsid(void *context, const void *data, size_t length)
{
	const size_t head = NLMSG_ALIGN(sizeof(struct rtgenmsg));
	struct nlattr *tb[NETNSA_MAX + 1];

	if (length < head ||
	    nla_parse(tb, NETNSA_MAX,
		      (struct nlattr *)((uintptr_t)data + head),
		      (int)(length - head), NULL) < 0)
		return -EBADMSG;
	if (tb[NETNSA_NSID])
		*(int32_t *)context = (int32_t)nla_get_u32(tb[NETNSA_NSID]);
	return 0;
}

/* What the namespace of @netns calls that of the caller, or NO_NSID. */
static int32_t nsid_of_self(const struct search *search,
			    struct sixpn_netns *netns)
{
	struct rtgenmsg head = { .rtgen_family = AF_UNSPEC };
	struct nl_msg *message = nlmsg_alloc_simple(RTM_GETNSID, 0);
	int32_t nsid = NO_NSID;

	if (!message || nlmsg_append(message, &head, sizeof(head), 4) ||
	    nla_put_u32(message, NETNSA_FD, (uint32_t)search->self)) {
		nlmsg_free(message);
		return NO_NSID;
	}
	return sixpn_netns_ask(netns, message, take_nsid, &nsid) ? NO_NSID :
								   nsid;
}

static struct sixpn_machine *machine_of(const struct search *search,
					const struct link *link)
{
	size_t i;

	for (i = 0; i < search->count; i++) {
		struct sixpn_machine *machine = &search->machines[i];

		if (machine->ifindex == link->ifindex &&
		    machine->attachment == SIXPN_ATTACHMENT_PORT &&
		    machine->network == link->network &&
		    machine->id == link->id &&
		    !strcmp(machine->ifname, link->ifname))
			return machine;
	}
	return NULL;
}

static int look_at(struct search *search)
{
	struct sixpn_netns *netns;
	struct sixpn_error ignored;
	int32_t nsid = NO_NSID;
	int ret = 0;
	size_t i;

	if (sixpn_netns_enter(search->fd, &netns, &ignored))
		return 0;
	/* Elsewhere another device may have the index of ours: the number of
	 * the mesh's namespace, given when ports are listed, tells them apart.
	 */
	if (!dump_links(search, netns) && search->link_count && search->name)
		nsid = nsid_of_self(search, netns);
	sixpn_netns_leave(netns);
	for (i = 0; !ret && i < search->link_count; i++) {
		struct sixpn_machine *machine;

		if (search->links[i].nsid != nsid ||
		    (search->name && nsid == NO_NSID))
			continue;
		machine = machine_of(search, &search->links[i]);
		if (machine)
			ret = search->found(search, machine);
	}
	return ret;
}

/* Whether this namespace has been looked at. Notes it. */
static bool is_seen(struct search *search, const struct stat *stat)
{
	size_t room = search->seen_room ? search->seen_room * 2 : 64, i;
	ino_t *seen = search->seen;

	for (i = 0; i < search->seen_count; i++)
		if (seen[i] == stat->st_ino)
			return true;
	if (search->seen_count == search->seen_room) {
		seen = realloc(seen, room * sizeof(*seen));
		/* Then it may be looked at twice. */
		if (!seen)
			return false;
		search->seen = seen;
		search->seen_room = room;
	}
	seen[search->seen_count++] = stat->st_ino;
	return false;
}

static int look_into(struct search *search, const char *path, const char *name)
{
	struct stat stat;
	int ret = 0;

	search->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (search->fd < 0)
		return 0;
	search->name = name;
	/* All namespaces are files of one file system, told by its number. */
	if (!fstat(search->fd, &stat) &&
	    stat.st_dev == search->self_stat.st_dev && !is_seen(search, &stat))
		ret = look_at(search);
	close(search->fd);
	return ret;
}

/*
 * The namespaces that the entries of @directory stand for.
 * @below: where in an entry it is
 * @first: what a name begins with; NULL for anything
 */
static int look_through(struct search *search, const char *directory,
			const char *below, const char *first)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	char path[512];
	int ret = 0;

	while (!ret && stream && (entry = readdir(stream))) {
		if (entry->d_name[0] == '.' ||
		    (first && !strchr(first, entry->d_name[0])))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", directory,
			 entry->d_name, below);
		ret = look_into(search, path, entry->d_name);
	}
	if (stream)
		closedir(stream);
	return ret;
}

static int look_everywhere(struct search *search, bool nameless)
{
	int ret;

	search->self = sixpn_netns_self();
	if (search->self < 0)
		return search->self;
	ret = fstat(search->self, &search->self_stat) ? -errno : 0;
	if (!ret)
		ret = look_into(search, "/proc/thread-self/ns/net", NULL);
	if (!ret)
		ret = look_through(search, SIXPN_NETNS_DIR, "", NULL);
	if (!ret && nameless)
		ret = look_through(search, "/proc", "/ns/net", "123456789");
	close(search->self);
	free(search->links);
	free(search->seen);
	return ret;
}

static int note_name(struct search *search, struct sixpn_machine *machine)
{
	free(machine->netns);
	machine->netns = search->name ? strdup(search->name) : NULL;
	if (search->name && !machine->netns)
		return -ENOMEM;
	machine->has |= SIXPN_MACHINE_HAS_NETNS;
	return 0;
}

int sixpn_ports_locate(struct sixpn_device *device)
{
	struct search search = {
		.mesh = device->ifindex, .machines = device->machines,
		.count = device->machine_count, .found = note_name,
	};
	bool wanted = false;
	size_t i;
	int ret;

	for (i = 0; i < device->machine_count; i++)
		if (device->machines[i].attachment == SIXPN_ATTACHMENT_PORT)
			wanted = true;
	if (!wanted)
		return 0;
	ret = look_everywhere(&search, false);
	return ret == -ENOMEM ? ret : 0;
}

/* Ends the search: the descriptor is never 0. */
static int note_fd(struct search *search, struct sixpn_machine *machine)
{
	int fd = fcntl(search->fd, F_DUPFD_CLOEXEC, 3);

	(void)machine;
	return fd < 0 ? -errno : fd;
}

int sixpn_port_find(uint32_t mesh, const struct sixpn_machine *machine)
{
	struct sixpn_machine wanted = *machine;
	struct search search = {
		.mesh = mesh, .machines = &wanted, .count = 1, .found = note_fd,
	};
	int ret = look_everywhere(&search, true);

	return ret ? ret : -ENOENT;
}
