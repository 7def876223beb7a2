// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The noun network.
 */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "noun.h"
#include "object.h"
#include "parse.h"
#include "settle.h"

/* --- add --- */

static int check_name(struct sixpn_noun *noun, char name[SIXPN_LABEL_MAX + 1],
		      const char *word)
{
	if (!sixpn_parse_label(name, word, strlen(word)) && name[0] >= 'a' &&
	    name[0] <= 'z')
		return 0;
	return sixpn_error_set(&noun->error, -EINVAL,
			       "name is not 1-63 letters, digits and '-', which is at no end, the first a letter: '%s'",
			       word);
}

static int say_exists(struct sixpn_noun *noun,
		      const struct sixpn_record *network)
{
	return sixpn_error_set(&noun->error, -EEXIST,
			       "network '%s' exists already, its id is %u",
			       network->network.name,
			       network->network.network);
}

/* Whether it was written, when nobody has said so. */
static int look_again(struct sixpn_noun *noun, struct sixpn_record *network)
{
	struct sixpn_record found;
	int ret;

	ret = sixpn_registry_get_network_named(noun->node.registry,
					       network->network.name, &found,
					       NULL);
	if (ret == -ENOENT)
		return sixpn_error_set(&noun->error, -ETIMEDOUT,
				       "the registry did not answer in time; asked again, it did not have network '%s', but may come to it late: see 'sixpn network list', then try again",
				       network->network.name);
	if (ret)
		return sixpn_error_set(&noun->error, -ETIMEDOUT,
				       "the registry does not answer: network '%s' may have been added, or not ('sixpn network list' tells later)",
				       network->network.name);
	network->network.network = found.network.network;
	sixpn_record_clear(&found);
	return 0;
}

static int add(struct sixpn_noun *noun, struct sixpn_record *network)
{
	struct sixpn_record found;
	int ret;

	ret = sixpn_registry_get_network_named(noun->node.registry,
					       network->network.name, &found,
					       &noun->error);
	if (!ret) {
		ret = say_exists(noun, &found);
		sixpn_record_clear(&found);
		return ret;
	}
	if (ret != -ENOENT)
		return ret;
	ret = sixpn_registry_put(noun->node.registry, network, 0, &noun->error);
	if (ret == -ETIMEDOUT)
		return look_again(noun, network);
	if (ret == -EEXIST || ret == -EAGAIN) {
		/* somebody else, just now */
		if (!sixpn_registry_get_network_named(noun->node.registry,
						      network->network.name,
						      &found, NULL)) {
			ret = say_exists(noun, &found);
			sixpn_record_clear(&found);
		}
	}
	return ret;
}

static int run_add(struct sixpn_run *run)
{
	struct sixpn_record network = { .kind = SIXPN_RECORD_NETWORK };
	struct sixpn_noun noun;
	int ret;

	ret = sixpn_noun_open(&noun, run);
	network.network.created = sixpn_noun_now();
	if (!ret)
		ret = check_name(&noun, network.network.name, run->words[0]);
	if (!ret)
		ret = add(&noun, &network);
	if (!ret) {
		sixpn_out_open_object(&run->out, NULL);
		sixpn_out_json_string(&run->out, "name", network.network.name);
		sixpn_out_number(&run->out, "network", network.network.network,
				 "%u\n", network.network.network);
		sixpn_out_close(&run->out);
	}
	sixpn_record_clear(&network);
	return sixpn_noun_close(&noun, ret);
}

/* --- del --- */

static int say_not_empty(struct sixpn_noun *noun,
			 const struct sixpn_record_network *network)
{
	char text[SIXPN_COUNT_TEXT_MAX];
	struct sixpn_tally tally;
	struct sixpn_count count;
	int ret;

	ret = sixpn_tally_read(&tally, noun, false, 0);
	count = sixpn_tally_of(&tally, network->network);
	sixpn_tally_clear(&tally);
	if (ret)
		return ret;
	sixpn_count_text(text, &count);
	if (!text[0])
		return 0;
	return sixpn_error_set(&noun->error, -ENOTEMPTY,
			       "network '%s' has %s: remove them first (%s%s%s lists them)",
			       network->name, text,
			       count.machines ? "'sixpn machine list'" : "",
			       count.machines && count.clients ? ", " : "",
			       count.clients ? "'sixpn client list'" :
			       count.machines ? "" : "'sixpn network show'");
}

static int remove_from_kernel(struct sixpn_noun *noun, uint32_t id)
{
	const char *ifname = noun->node.config.device;
	struct sixpn_network network = { .id = id, .remove = true };
	bool made;
	int ret;

	if (!noun->netlink)
		return 0;
	ret = sixpn_network_apply(noun->netlink, ifname, &network, &made,
				  &noun->error);
	if (!ret || ret == -ENOENT)
		return 0;
	return sixpn_error_prefix(&noun->error, ret,
				  "the network is removed, but not from %s ('sixpn up' mends it)",
				  ifname);
}

static int delete(struct sixpn_noun *noun, struct sixpn_record *network)
{
	int ret;

	ret = say_not_empty(noun, &network->network);
	if (!ret)
		ret = sixpn_noun_take_device(noun);
	if (!ret)
		ret = sixpn_settle_delete(noun->node.registry, network,
					  &noun->error);
	/* Gone is gone, whoever did it. */
	if (ret == -ENOENT)
		ret = 0;
	if (!ret)
		ret = remove_from_kernel(noun, network->network.network);
	return ret;
}

static int run_del(struct sixpn_run *run)
{
	struct sixpn_record network = { 0 };
	struct sixpn_noun noun;
	int ret;

	ret = sixpn_noun_open(&noun, run);
	if (!ret)
		ret = sixpn_node_network(&noun.node, run->words[0], &network,
					 &noun.error);
	if (!ret)
		ret = delete(&noun, &network);
	sixpn_record_clear(&network);
	return sixpn_noun_close(&noun, ret);
}

/* --- list and show --- */

/* @tally: first is what sixpn_noun_bad() needs */
struct listing {
	struct sixpn_noun *noun;
	struct sixpn_tally tally;
	struct sixpn_record_network *networks;
	size_t count, room;
};

static int keep(void *data, const struct sixpn_record *record)
{
	struct listing *listing = data;
	struct sixpn_record_network *grown;

	if (listing->count == listing->room) {
		listing->room = listing->room ? 2 * listing->room : 16;
		grown = realloc(listing->networks,
				listing->room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		listing->networks = grown;
	}
	listing->networks[listing->count++] = record->network;
	return 0;
}

static int by_name(const void *left, const void *right)
{
	const struct sixpn_record_network *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static void print_json(struct sixpn_out *out,
		       const struct sixpn_record_network *network,
		       const struct sixpn_count *count)
{
	char prefix[SIXPN_ALLOWEDIP_TEXT_MAX], resolver[SIXPN_ALLOWEDIP_TEXT_MAX];
	struct in6_addr address;

	if (!out->json)
		return;
	sixpn_format_network(prefix, network->network);
	sixpn_addr_build_resolver(&address, network->network);
	sixpn_format_6pn(resolver, &address);
	sixpn_out_open_object(out, NULL);
	sixpn_out_json_string(out, "name", network->name);
	sixpn_out_json_number(out, "network", network->network);
	sixpn_out_json_string(out, "prefix", prefix);
	sixpn_out_json_string(out, "resolver", resolver);
	sixpn_noun_time(out, "created", network->created);
	sixpn_out_json_number(out, "machines", count->machines);
	sixpn_out_json_number(out, "clients", count->clients);
	sixpn_out_json_number(out, "services", count->services);
	sixpn_out_close(out);
}

static void print_list(struct sixpn_out *out, void *data)
{
	const struct listing *listing = data;
	char prefix[SIXPN_ALLOWEDIP_TEXT_MAX];
	size_t i;

	sixpn_out_open_array(out, NULL);
	for (i = 0; i < listing->count; i++) {
		const struct sixpn_record_network *network =
			&listing->networks[i];
		struct sixpn_count count =
			sixpn_tally_of(&listing->tally, network->network);

		sixpn_format_network(prefix, network->network);
		print_json(out, network, &count);
		sixpn_out_text(out, "%s\t%u\t%s\t%u\t%u\t%u\n", network->name,
			       network->network, prefix, count.machines,
			       count.clients, count.services);
	}
	sixpn_out_close(out);
}

static int run_list(struct sixpn_run *run)
{
	struct sixpn_registry_what what = { .kind = SIXPN_RECORD_NETWORK };
	struct listing listing = { 0 };
	struct sixpn_noun noun;
	int ret;

	listing.noun = &noun;
	ret = sixpn_noun_open(&noun, run);
	if (!ret)
		ret = sixpn_registry_list(noun.node.registry, &what, keep,
					  sixpn_noun_bad, &listing,
					  &noun.error);
	if (ret == -ENOMEM)
		sixpn_error_set(&noun.error, ret, "out of memory");
	if (!ret)
		ret = sixpn_tally_read(&listing.tally, &noun, false, 0);
	if (!ret) {
		if (listing.count)
			qsort(listing.networks, listing.count,
			      sizeof(*listing.networks), by_name);
		sixpn_noun_print(&run->out,
				 "NAME\tID\tPREFIX\tMACHINES\tCLIENTS\tSERVICES",
				 print_list, &listing);
	}
	sixpn_tally_clear(&listing.tally);
	free(listing.networks);
	return sixpn_noun_close(&noun, ret);
}

static void print_network(struct sixpn_out *out,
			  const struct sixpn_record_network *network,
			  const struct sixpn_count *count)
{
	char text[SIXPN_ALLOWEDIP_TEXT_MAX];
	struct in6_addr resolver;

	if (out->json) {
		print_json(out, network, count);
		return;
	}
	sixpn_out_text(out, "%snetwork%s: %s\n",
		       sixpn_out_style(out, SIXPN_STYLE_BOLD),
		       sixpn_out_style(out, SIXPN_STYLE_RESET), network->name);
	sixpn_noun_label(out, "id");
	sixpn_out_text(out, "%u\n", network->network);
	sixpn_noun_label(out, "prefix");
	sixpn_format_network(text, network->network);
	sixpn_out_text(out, "%s\n", text);
	sixpn_noun_label(out, "resolver");
	sixpn_addr_build_resolver(&resolver, network->network);
	sixpn_format_6pn(text, &resolver);
	sixpn_out_text(out, "%s\n", text);
	sixpn_noun_label(out, "created");
	sixpn_noun_time(out, NULL, network->created);
	sixpn_out_text(out, "\n");
	sixpn_noun_label(out, "machines");
	sixpn_out_text(out, "%u\n", count->machines);
	sixpn_noun_label(out, "clients");
	sixpn_out_text(out, "%u\n", count->clients);
	sixpn_noun_label(out, "services");
	sixpn_out_text(out, "%u\n", count->services);
}

static int run_show(struct sixpn_run *run)
{
	struct sixpn_record network = { 0 };
	struct sixpn_tally tally = { 0 };
	struct sixpn_count count;
	struct sixpn_noun noun;
	int ret;

	ret = sixpn_noun_open(&noun, run);
	if (!ret)
		ret = sixpn_node_network(&noun.node, run->words[0], &network,
					 &noun.error);
	if (!ret)
		ret = sixpn_tally_read(&tally, &noun, false, 0);
	if (!ret) {
		count = sixpn_tally_of(&tally, network.network.network);
		print_network(&run->out, &network.network, &count);
	}
	sixpn_tally_clear(&tally);
	sixpn_record_clear(&network);
	return sixpn_noun_close(&noun, ret);
}

static const struct sixpn_option no_options[] = {
	{ 0 },
};

const struct sixpn_command sixpn_network_commands[] = {
	{ "network add", "NAME", "Make a network, print its id",
	  1, 1, run_add, NULL, no_options },
	{ "network list", "", "List networks, and how much is in them",
	  0, 0, run_list, NULL, no_options },
	{ "network show", "[ NETWORK ]", "Show all of one network",
	  0, 1, run_show,
	  "NETWORK: name or id; the only one there is, if none is given.\n",
	  no_options },
	{ "network del", "NETWORK", "Remove a network that nothing is in",
	  1, 1, run_del, "NETWORK: name or id.\n", no_options },
	{ 0 },
};
