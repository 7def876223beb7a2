// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A machine as list and show print it.
 */
#include "machine_noun.h"

#include <inttypes.h>
#include <string.h>

#include "format.h"
#include "noun.h"

#define TEXT_ROOM (SIXPN_RECORD_TEXT_MAX * 4 + 1)

static const char *state_word(const struct sixpn_record_machine *machine)
{
	return machine->state == SIXPN_RUN_STARTED ? "started" : "stopped";
}

/* In text: what is started on a host that may be dead is not said to run. */
static const char *state_text(const struct sixpn_machine_view *view)
{
	if (view->machine->state == SIXPN_RUN_STARTED && !view->alive)
		return "host-down";
	return state_word(view->machine);
}

static const char *check_word(uint32_t status)
{
	static const char *const words[] = {
		[SIXPN_CHECK_PASSING] = "passing",
		[SIXPN_CHECK_WARNING] = "warning",
		[SIXPN_CHECK_CRITICAL] = "critical",
	};

	return words[status];
}

static const char *or_dash(const char *name)
{
	return *name ? name : "-";
}

/* --- JSON. --- */

static void json_text(struct sixpn_out *out, const char *key, const char *text)
{
	char safe[TEXT_ROOM];

	if (!*text) {
		sixpn_out_json_null(out, key);
		return;
	}
	sixpn_out_name(out, safe, sizeof(safe), text);
	sixpn_out_json_string(out, key, safe);
}

static void json_lists(struct sixpn_out *out,
		       const struct sixpn_record_machine *machine)
{
	char safe[TEXT_ROOM];
	size_t i;

	sixpn_out_open_object(out, "metadata");
	for (i = 0; i < machine->metadata_count; i++) {
		sixpn_out_name(out, safe, sizeof(safe),
			       machine->metadata[i].value);
		sixpn_out_json_string(out, machine->metadata[i].key, safe);
	}
	sixpn_out_close(out);
	sixpn_out_open_array(out, "checks");
	for (i = 0; i < machine->check_count; i++) {
		const struct sixpn_record_check *check = &machine->checks[i];

		sixpn_out_open_object(out, NULL);
		sixpn_out_json_string(out, "name", check->name);
		sixpn_out_json_string(out, "status", check_word(check->status));
		json_text(out, "output", check->output);
		sixpn_noun_time(out, "updated", check->updated);
		sixpn_out_close(out);
	}
	sixpn_out_close(out);
}

static void print_json(struct sixpn_out *out,
		       const struct sixpn_machine_view *view)
{
	const struct sixpn_record_machine *machine = view->machine;
	char address[SIXPN_ALLOWEDIP_TEXT_MAX];

	if (!out->json)
		return;
	sixpn_format_6pn(address, &machine->address);
	sixpn_out_open_object(out, NULL);
	sixpn_out_json_string(out, "name", machine->name);
	sixpn_out_json_number(out, "network", machine->network);
	json_text(out, "network-name", view->network);
	sixpn_out_json_string(out, "app", machine->app);
	sixpn_out_json_string(out, "group", machine->group);
	sixpn_out_json_string(out, "region", machine->region);
	sixpn_out_json_number(out, "host", machine->host);
	json_text(out, "host-name", view->host);
	sixpn_out_json_number(out, "home", machine->home);
	sixpn_out_json_number(out, "machine", machine->machine);
	sixpn_out_json_string(out, "address", address);
	sixpn_out_json_string(out, "attachment",
			      sixpn_format_attachment(machine->attachment));
	json_text(out, "ifname", machine->ifname);
	json_text(out, "netns", machine->netns);
	sixpn_out_json_string(out, "state", state_word(machine));
	sixpn_out_bool(out, "alive", view->alive, "%s", "");
	sixpn_out_bool(out, "skip-dns", machine->skip_dns, "%s", "");
	sixpn_out_bool(out, "no-resolv", machine->no_resolv, "%s", "");
	sixpn_noun_time(out, "created", machine->created);
	json_lists(out, machine);
	sixpn_out_close(out);
}

/* --- Columns. --- */

void sixpn_machine_print_row(struct sixpn_out *out,
			     const struct sixpn_machine_view *view,
			     bool of_app)
{
	const struct sixpn_record_machine *machine = view->machine;
	char address[SIXPN_ALLOWEDIP_TEXT_MAX];

	print_json(out, view);
	sixpn_format_6pn(address, &machine->address);
	sixpn_out_text(out, "%s", machine->name);
	if (!of_app)
		sixpn_out_text(out, "\t%s\t%s", or_dash(view->network),
			       machine->app);
	sixpn_out_text(out, "\t%s\t%s\t%s\t%s\t%s\n", machine->group,
		       state_text(view), machine->region, or_dash(view->host),
		       address);
}

/* --- Lines. --- */

static void line(struct sixpn_out *out, const char *name, const char *value)
{
	sixpn_noun_label(out, name);
	sixpn_out_text(out, "%s\n", value);
}

static void line_of_id(struct sixpn_out *out, const char *what,
		       const char *name, uint32_t id)
{
	char text[SIXPN_LABEL_MAX + 32];

	snprintf(text, sizeof(text), *name ? "%s (%u)" : "%s%u", name, id);
	line(out, what, text);
}

/* "port eth6 netns web": the words of set. */
static void line_of_attachment(struct sixpn_out *out,
			       const struct sixpn_record_machine *machine)
{
	char ifname[IFNAMSIZ * 4 + 1], netns[TEXT_ROOM];
	char text[sizeof(ifname) + sizeof(netns) + 32];

	sixpn_out_name(out, ifname, sizeof(ifname), machine->ifname);
	sixpn_out_name(out, netns, sizeof(netns), machine->netns);
	snprintf(text, sizeof(text), "%s%s%s%s%s",
		 sixpn_format_attachment(machine->attachment),
		 *ifname ? " " : "", ifname, *netns ? " netns " : "", netns);
	line(out, "attachment", text);
}

static void lines_of_lists(struct sixpn_out *out,
			   const struct sixpn_record_machine *machine)
{
	char safe[TEXT_ROOM], text[TEXT_ROOM + SIXPN_LABEL_MAX + 32];
	size_t i;

	for (i = 0; i < machine->metadata_count; i++) {
		sixpn_out_name(out, safe, sizeof(safe),
			       machine->metadata[i].value);
		snprintf(text, sizeof(text), "%s=%s", machine->metadata[i].key,
			 safe);
		line(out, "metadata", text);
	}
	for (i = 0; i < machine->check_count; i++) {
		const struct sixpn_record_check *check = &machine->checks[i];

		sixpn_out_name(out, safe, sizeof(safe), check->output);
		snprintf(text, sizeof(text), "%s %s%s%s", check->name,
			 check_word(check->status), *safe ? ": " : "", safe);
		line(out, "check", text);
	}
}

static void print_lines(struct sixpn_out *out,
			const struct sixpn_machine_view *view)
{
	const struct sixpn_record_machine *machine = view->machine;
	char address[SIXPN_ALLOWEDIP_TEXT_MAX], created[SIXPN_TIME_TEXT_MAX];

	sixpn_format_6pn(address, &machine->address);
	sixpn_out_text(out, "%smachine%s: %s\n",
		       sixpn_out_style(out, SIXPN_STYLE_BOLD),
		       sixpn_out_style(out, SIXPN_STYLE_RESET), machine->name);
	line_of_id(out, "network", view->network, machine->network);
	line(out, "app", machine->app);
	line(out, "group", machine->group);
	line(out, "address", address);
	line_of_id(out, "host", view->host, machine->host);
	if (machine->home != machine->host)
		line_of_id(out, "home", view->home, machine->home);
	line(out, "region", machine->region);
	line(out, "state", state_text(view));
	line_of_attachment(out, machine);
	if (machine->skip_dns)
		line(out, "dns", "skipped");
	if (machine->no_resolv)
		line(out, "resolv", "left alone");
	if (machine->created) {
		sixpn_time_format(created, machine->created);
		line(out, "created", created);
	}
	lines_of_lists(out, machine);
}

void sixpn_machine_print(struct sixpn_out *out,
			 const struct sixpn_machine_view *view)
{
	if (out->json)
		print_json(out, view);
	else
		print_lines(out, view);
}
