// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "dns_reserve.h"

/*
 * What libknot allocates for one message: the largest is a TXT record of 64 KiB,
 * and its records. Who sends more than fits is refused.
 */
#define ARENA_SIZE ((size_t)256 * 1024)

/**
 * struct sixpn_dns - scratch memory
 * @mm: hands out @arena, from @used on; all of it is free again with the next
 *	message
 * @answer: in @arena, or allocated: @is_large
 * @opt: its OPT record, put at the end; @has_opt
 */
struct sixpn_dns {
	knot_mm_t mm;
	size_t used;
	knot_pkt_t *answer;
	knot_rrset_t opt;
	bool has_opt, is_large;
	alignas(max_align_t) uint8_t arena[ARENA_SIZE];
};

_Static_assert(SIXPN_DNS_NAME_MAX == KNOT_DNAME_MAXLEN, "a name");
_Static_assert(SIXPN_DNS_NAME_TEXT_MAX > KNOT_DNAME_TXT_MAXLEN, "its text");
_Static_assert(SIXPN_DNS_SECRET_LEN == KNOT_EDNS_COOKIE_SECRET_SIZE, "cookies");

/* --- Memory. --- */

static void *arena_alloc(void *context, size_t size)
{
	struct sixpn_dns *dns = context;
	size_t at = dns->used;

	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (size > ARENA_SIZE - at)
		return NULL;
	dns->used += size;
	return dns->arena + at;
}

static void arena_free(void *data)
{
}

struct sixpn_dns *sixpn_dns_new(void)
{
	struct sixpn_dns *dns = malloc(sizeof(*dns));

	if (!dns)
		return NULL;
	dns->mm = (knot_mm_t){ dns, arena_alloc, arena_free };
	dns->used = 0;
	dns->answer = NULL;
	dns->is_large = false;
	return dns;
}

static void drop_answer(struct sixpn_dns *dns)
{
	if (dns->is_large)
		knot_pkt_free(dns->answer);
	dns->is_large = false;
	dns->answer = NULL;
}

void sixpn_dns_free(struct sixpn_dns *dns)
{
	if (dns)
		drop_answer(dns);
	free(dns);
}

/* --- Queries. --- */

static void read_cookie(struct sixpn_dns_query *query, knot_pkt_t *pkt)
{
	const uint8_t *option =
		knot_pkt_edns_option(pkt, KNOT_EDNS_OPTION_COOKIE);
	knot_edns_cookie_t client, server;

	if (!option)
		return;
	if (knot_edns_cookie_parse(&client, &server,
				   option + KNOT_EDNS_OPTION_HDRLEN,
				   knot_edns_opt_get_length(option))) {
		query->rcode = SIXPN_DNS_FORMERR;
		return;
	}
	memcpy(query->client_cookie, client.data, sizeof(query->client_cookie));
	query->has_cookie = true;
}

static void read_edns(struct sixpn_dns_query *query, knot_pkt_t *pkt)
{
	if (!knot_pkt_has_edns(pkt))
		return;
	query->edns = true;
	query->want_dnssec = knot_edns_do(pkt->opt_rr);
	query->payload = knot_edns_get_payload(pkt->opt_rr);
	if (query->payload < SIXPN_DNS_UDP_MIN)
		query->payload = SIXPN_DNS_UDP_MIN;
	if (knot_edns_get_version(pkt->opt_rr) != KNOT_EDNS_VERSION)
		query->rcode = SIXPN_DNS_BADVERS;
	else
		read_cookie(query, pkt);
}

static void read_question(struct sixpn_dns_query *query, knot_pkt_t *pkt)
{
	const uint8_t *name = knot_pkt_wire_qname(pkt);

	if (!name)
		return;
	query->name_length = pkt->qname_size;
	memcpy(query->name, name, pkt->qname_size);
	memcpy(query->lower, knot_pkt_qname(pkt), pkt->qname_size);
	query->type = knot_pkt_qtype(pkt);
	query->class = knot_pkt_qclass(pkt);
	query->has_question = true;
}

static void read_header(struct sixpn_dns_query *query, const uint8_t *message)
{
	query->id = knot_wire_get_id(message);
	query->opcode = knot_wire_get_opcode(message);
	query->recursion_desired = knot_wire_get_rd(message);
	query->checking_disabled = knot_wire_get_cd(message);
	query->authentic_data = knot_wire_get_ad(message);
	query->rcode = SIXPN_DNS_NOERROR;
	query->has_question = false;
	query->edns = false;
	query->want_dnssec = false;
	query->has_cookie = false;
	query->payload = SIXPN_DNS_UDP_MIN;
}

static void read_body(struct sixpn_dns *dns, struct sixpn_dns_query *query,
		      const uint8_t *message, size_t length)
{
	knot_pkt_t *pkt;
	int ret;

	/* which it does not write to */
	pkt = knot_pkt_new((void *)(uintptr_t)message, (uint16_t)length,
			   &dns->mm);
	ret = pkt ? knot_pkt_parse(pkt, KNOT_PF_KEEPWIRE) : KNOT_ENOMEM;
	if (ret)
		query->rcode = SIXPN_DNS_FORMERR;
	if (!pkt || !pkt->qname_size)
		return;
	read_question(query, pkt);
	if (ret)
		return;
	if (knot_pkt_has_tsig(pkt))
		query->rcode = SIXPN_DNS_NOTAUTH;
	read_edns(query, pkt);
}

int sixpn_dns_parse_query(struct sixpn_dns *dns, struct sixpn_dns_query *query,
			  const uint8_t *message, size_t length)
{
	if (length < KNOT_WIRE_HEADER_SIZE || length > SIXPN_DNS_MESSAGE_MAX ||
	    knot_wire_get_qr(message))
		return -EBADMSG;
	dns->used = 0;
	read_header(query, message);
	if (query->opcode != KNOT_OPCODE_QUERY)
		query->rcode = SIXPN_DNS_NOTIMP;
	else if (knot_wire_get_qdcount(message) != 1 ||
		 knot_wire_get_ancount(message) ||
		 knot_wire_get_nscount(message))
		query->rcode = SIXPN_DNS_FORMERR;
	else
		read_body(dns, query, message, length);
	return 0;
}

/* --- Answers: the frame. --- */

static int add_cookie(struct sixpn_dns *dns,
		      const struct sixpn_dns_query *query,
		      const struct sixpn_dns_head *head)
{
	struct sockaddr_storage source = { .ss_family = AF_INET6 };
	knot_edns_cookie_params_t params = {
		.version = KNOT_EDNS_COOKIE_VERSION,
		.timestamp = head->now,
		.client_addr = &source,
	};
	knot_edns_cookie_t client = { .len = sizeof(query->client_cookie) };
	knot_edns_cookie_t server;
	uint8_t *option;
	uint16_t size;
	int ret;

	((struct sockaddr_in6 *)&source)->sin6_addr = *head->source;
	memcpy(params.secret, head->secret, sizeof(params.secret));
	memcpy(client.data, query->client_cookie, client.len);
	ret = knot_edns_cookie_server_generate(&server, &client, &params);
	if (ret)
		return ret;
	size = knot_edns_cookie_size(&client, &server);
	ret = knot_edns_reserve_option(&dns->opt, KNOT_EDNS_OPTION_COOKIE, size,
				       &option, &dns->mm);
	return ret ? ret :
		     knot_edns_cookie_write(option, size, &client, &server);
}

static int add_opt(struct sixpn_dns *dns, const struct sixpn_dns_query *query,
		   const struct sixpn_dns_head *head)
{
	int ret;

	ret = knot_edns_init(&dns->opt, SIXPN_DNS_UDP_MAX,
			     KNOT_EDNS_RCODE_HI(head->rcode), KNOT_EDNS_VERSION,
			     &dns->mm);
	if (!ret && query->want_dnssec)
		knot_edns_set_do(&dns->opt);
	if (!ret && query->has_cookie && head->secret)
		ret = add_cookie(dns, query, head);
	if (!ret)
		ret = knot_pkt_reserve(
			dns->answer, (uint16_t)knot_edns_wire_size(&dns->opt));
	dns->has_opt = !ret;
	return ret;
}

static void write_header(uint8_t *wire, const struct sixpn_dns_query *query,
			 const struct sixpn_dns_head *head)
{
	knot_wire_set_id(wire, query->id);
	knot_wire_set_qr(wire);
	knot_wire_set_opcode(wire, query->opcode);
	knot_wire_set_ra(wire);
	knot_wire_set_rcode(wire, KNOT_EDNS_RCODE_LO(head->rcode));
	if (head->authoritative)
		knot_wire_set_aa(wire);
	if (head->authentic_data)
		knot_wire_set_ad(wire);
	if (query->recursion_desired)
		knot_wire_set_rd(wire);
	if (query->checking_disabled)
		knot_wire_set_cd(wire);
}

int sixpn_dns_begin(struct sixpn_dns *dns, const struct sixpn_dns_query *query,
		    const struct sixpn_dns_head *head, uint8_t *out)
{
	int ret = 0;

	drop_answer(dns);
	dns->used = 0;
	dns->has_opt = false;
	dns->answer = knot_pkt_new(out, (uint16_t)head->limit,
				   head->is_large ? NULL : &dns->mm);
	if (!dns->answer)
		return -ENOMEM;
	dns->is_large = head->is_large;
	knot_pkt_clear(dns->answer);
	memset(out, 0, KNOT_WIRE_HEADER_SIZE);
	write_header(out, query, head);
	if (query->has_question)
		ret = knot_pkt_put_question(dns->answer, query->name,
					    query->class, query->type);
	if (!ret && query->edns)
		ret = add_opt(dns, query, head);
	return ret ? -ENOMEM : 0;
}

size_t sixpn_dns_ede_size(const char *text)
{
	return KNOT_EDNS_EDE_MIN_LENGTH + strlen(text);
}

int sixpn_dns_add_ede(struct sixpn_dns *dns, enum sixpn_dns_ede ede,
		      const char *text)
{
	size_t size = sixpn_dns_ede_size(text);
	uint8_t *option;

	if (!dns->has_opt)
		return 0;
	if (size > sixpn_dns_room(dns))
		return -ENOSPC;
	if (knot_edns_reserve_option(
		    &dns->opt, KNOT_EDNS_OPTION_EDE,
		    (uint16_t)(size - KNOT_EDNS_OPTION_HDRLEN), &option,
		    &dns->mm))
		return -ENOMEM;
	knot_wire_write_u16(option, (uint16_t)ede);
	memcpy(option + 2, text, strlen(text));
	return knot_pkt_reserve(dns->answer, (uint16_t)size) ? -ENOSPC : 0;
}

int sixpn_dns_section(struct sixpn_dns *dns, enum sixpn_dns_section section)
{
	return knot_pkt_begin(dns->answer, (knot_section_t)section) ? -EINVAL :
								       0;
}

size_t sixpn_dns_room(const struct sixpn_dns *dns)
{
	const knot_pkt_t *pkt = dns->answer;

	return pkt->max_size - pkt->size - pkt->reserved;
}

void sixpn_dns_truncated(struct sixpn_dns *dns)
{
	knot_wire_set_tc(dns->answer->wire);
}

size_t sixpn_dns_end(struct sixpn_dns *dns)
{
	knot_pkt_t *pkt = dns->answer;
	size_t size;

	if (dns->has_opt) {
		knot_pkt_reclaim(pkt,
				 (uint16_t)knot_edns_wire_size(&dns->opt));
		knot_pkt_begin(pkt, KNOT_ADDITIONAL);
		knot_pkt_put(pkt, KNOT_COMPR_HINT_NOCOMP, &dns->opt, 0);
	}
	size = pkt->size;
	drop_answer(dns);
	return size;
}

/* --- Answers: records. --- */

/* libknot counts from the first record to find the next: so many at a time. */
#define PART 32

static size_t size_of(const knot_rdata_t *rdata, size_t count)
{
	size_t size = 0;

	for (; count; count--, rdata = knot_rdataset_next((knot_rdata_t *)rdata))
		size += knot_rdata_size(rdata->len);
	return size;
}

/* @rdata: in the arena, one after the other */
static int put(struct sixpn_dns *dns, const uint8_t *owner, uint16_t type,
	       uint32_t ttl, void *rdata, size_t count)
{
	uint16_t hint = owner ? KNOT_COMPR_HINT_NONE : KNOT_COMPR_HINT_QNAME;
	const uint8_t *name = owner ? owner : knot_pkt_qname(dns->answer);
	knot_rrset_t rr;

	while (count) {
		size_t part = count < PART ? count : PART;

		knot_rrset_init(&rr, (knot_dname_t *)(uintptr_t)name, type,
				KNOT_CLASS_IN, ttl);
		rr.rrs.rdata = rdata;
		rr.rrs.size = (uint32_t)size_of(rdata, part);
		rr.rrs.count = (uint16_t)part;
		if (knot_pkt_put(dns->answer, hint, &rr, KNOT_PF_NOTRUNC))
			return -ENOSPC;
		rdata = (uint8_t *)rdata + rr.rrs.size;
		count -= part;
	}
	return 0;
}

int sixpn_dns_put_aaaa(struct sixpn_dns *dns, const uint8_t *owner,
		       uint32_t ttl, const struct in6_addr *addresses,
		       size_t count)
{
	const size_t each = knot_rdata_size(sizeof(*addresses));
	uint8_t *rdata;
	size_t i;

	if (count * SIXPN_DNS_AAAA_SIZE > sixpn_dns_room(dns))
		return -ENOSPC;
	rdata = arena_alloc(dns, count * each);
	if (!rdata)
		return -ENOSPC;
	for (i = 0; i < count; i++)
		knot_rdata_init((knot_rdata_t *)(rdata + i * each),
				sizeof(*addresses), addresses[i].s6_addr);
	return put(dns, owner, KNOT_RRTYPE_AAAA, ttl, rdata, count);
}

/* An allocated one, to be filled by hand; NULL: no room. */
static knot_rdata_t *new_rdata(struct sixpn_dns *dns, size_t length)
{
	knot_rdata_t *rdata;

	if (length > UINT16_MAX)
		return NULL;
	rdata = arena_alloc(dns, knot_rdata_size((uint16_t)length));
	if (rdata)
		rdata->len = (uint16_t)length;
	return rdata;
}

/* Pointer to the owner, type, class, TTL, length. */
#define RECORD_HEAD 12

/* One byte for each string of 255; of none, for one. */
static size_t strings_size(size_t length)
{
	return length + (length ? (length + 254) / 255 : 1);
}

size_t sixpn_dns_txt_max(size_t room)
{
	room = room < RECORD_HEAD ? 0 : room - RECORD_HEAD;
	return room - (room + 255) / 256;
}

int sixpn_dns_put_txt(struct sixpn_dns *dns, uint32_t ttl, const char *text,
		      size_t length)
{
	knot_rdata_t *rdata = new_rdata(dns, strings_size(length));
	uint8_t *at;

	if (!rdata)
		return -ENOSPC;
	at = rdata->data;
	do {
		size_t part = length < 255 ? length : 255;

		*at++ = (uint8_t)part;
		memcpy(at, text, part);
		at += part;
		text += part;
		length -= part;
	} while (length);
	return put(dns, NULL, KNOT_RRTYPE_TXT, ttl, rdata, 1);
}

int sixpn_dns_put_ptr(struct sixpn_dns *dns, uint32_t ttl,
		      const uint8_t *target)
{
	size_t length = knot_dname_size(target);
	knot_rdata_t *rdata = new_rdata(dns, length);

	if (!rdata)
		return -ENOSPC;
	memcpy(rdata->data, target, length);
	return put(dns, NULL, KNOT_RRTYPE_PTR, ttl, rdata, 1);
}

/* So many names, one after the other. */
static size_t names_size(const uint8_t *names, size_t count)
{
	const uint8_t *at = names;

	for (; count; count--)
		at += knot_dname_size(at);
	return (size_t)(at - names);
}

int sixpn_dns_put_srv(struct sixpn_dns *dns, uint32_t ttl, uint16_t port,
		      const uint8_t *targets, size_t count)
{
	/* priority, weight, port: RFC 2782 */
	const uint8_t head[] = { 0, 0, 0, 0, port >> 8, port & 0xff };
	const size_t most = knot_rdata_size(sizeof(head)) + 1;
	uint8_t *rdata, *at;
	size_t i;

	rdata = arena_alloc(dns, names_size(targets, count) + count * most);
	if (!rdata)
		return -ENOSPC;
	for (i = 0, at = rdata; i < count; i++) {
		uint16_t length = (uint16_t)knot_dname_size(targets);
		knot_rdata_t *one = (knot_rdata_t *)at;

		one->len = sizeof(head) + length;
		memcpy(one->data, head, sizeof(head));
		memcpy(one->data + sizeof(head), targets, length);
		at += knot_rdata_size(one->len);
		targets += length;
	}
	return put(dns, NULL, KNOT_RRTYPE_SRV, ttl, rdata, count);
}

int sixpn_dns_put_hinfo(struct sixpn_dns *dns, uint32_t ttl, const char *cpu)
{
	size_t length = strlen(cpu);
	knot_rdata_t *rdata = new_rdata(dns, length + 2);

	if (!rdata)
		return -ENOSPC;
	rdata->data[0] = (uint8_t)length;
	memcpy(rdata->data + 1, cpu, length);
	rdata->data[length + 1] = 0;
	return put(dns, NULL, KNOT_RRTYPE_HINFO, ttl, rdata, 1);
}

int sixpn_dns_put_soa(struct sixpn_dns *dns, const uint8_t *owner,
		      const uint8_t *primary, const uint8_t *mailbox,
		      uint32_t serial, uint32_t ttl)
{
	size_t first = knot_dname_size(primary);
	size_t second = knot_dname_size(mailbox);
	/* serial, refresh, retry, expire, minimum: RFC 1035 section 3.3.13 */
	const uint32_t numbers[] = { serial, 3600, 600, 86400, ttl };
	knot_rdata_t *rdata;
	uint8_t *at;
	size_t i;

	rdata = new_rdata(dns, first + second + sizeof(numbers));
	if (!rdata)
		return -ENOSPC;
	memcpy(rdata->data, primary, first);
	memcpy(rdata->data + first, mailbox, second);
	at = rdata->data + first + second;
	for (i = 0; i < 5; i++)
		knot_wire_write_u32(at + i * 4, numbers[i]);
	return put(dns, owner, KNOT_RRTYPE_SOA, ttl, rdata, 1);
}

/* --- Another server's answer. --- */

static bool is_wanted(const knot_rrset_t *rr, uint16_t type, bool dnssec)
{
	switch (rr->type) {
	case KNOT_RRTYPE_OPT:
	case KNOT_RRTYPE_TSIG:
		return false;
	case KNOT_RRTYPE_RRSIG:
	case KNOT_RRTYPE_NSEC:
	case KNOT_RRTYPE_NSEC3:
		return dnssec || type == rr->type || type == KNOT_RRTYPE_ANY;
	default:
		return true;
	}
}

/* What is additional may be left out without a word. */
static int copy_section(struct sixpn_dns *dns, const knot_pkt_t *from,
			knot_section_t id, bool dnssec)
{
	const knot_pktsection_t *section = knot_pkt_section(from, id);
	uint16_t type = knot_pkt_qtype(dns->answer), i;
	int ret = knot_pkt_begin(dns->answer, id);

	for (i = 0; !ret && i < section->count; i++) {
		const knot_rrset_t *rr = knot_pkt_rr(section, i);

		if (is_wanted(rr, type, dnssec))
			ret = knot_pkt_put(dns->answer, KNOT_COMPR_HINT_NONE,
					   rr, KNOT_PF_NOTRUNC);
	}
	return ret == KNOT_ESPACE && id == KNOT_ADDITIONAL ? 0 : ret;
}

static int copy_sections(struct sixpn_dns *dns, const knot_pkt_t *from,
			 bool dnssec)
{
	int ret = copy_section(dns, from, KNOT_ANSWER, dnssec);

	if (!ret)
		ret = copy_section(dns, from, KNOT_AUTHORITY, dnssec);
	if (!ret)
		ret = copy_section(dns, from, KNOT_ADDITIONAL, dnssec);
	return ret;
}

int sixpn_dns_put_packet(struct sixpn_dns *dns, const uint8_t *packet,
			 size_t length, bool dnssec, bool *truncated)
{
	knot_pkt_t *from;
	int ret;

	*truncated = false;
	if (length < KNOT_WIRE_HEADER_SIZE || length > SIXPN_DNS_MESSAGE_MAX)
		return -EBADMSG;
	from = knot_pkt_new((void *)(uintptr_t)packet, (uint16_t)length, NULL);
	if (!from)
		return -ENOMEM;
	sixpn_dns_reserve(from, packet, length);
	if (dns->is_large)
		sixpn_dns_reserve(dns->answer, packet, length);
	ret = knot_pkt_parse(from, KNOT_PF_KEEPWIRE | KNOT_PF_NOCANON) ?
		      KNOT_EMALF : copy_sections(dns, from, dnssec);
	knot_pkt_free(from);
	*truncated = ret == KNOT_ESPACE;
	return !ret || *truncated ? 0 : -EBADMSG;
}

uint16_t sixpn_dns_rcode_of(const uint8_t *packet)
{
	return knot_wire_get_rcode(packet);
}

/* --- Names. --- */

void sixpn_dns_name_text(char text[SIXPN_DNS_NAME_TEXT_MAX],
			 const uint8_t *name)
{
	if (!knot_dname_to_str(text, name, SIXPN_DNS_NAME_TEXT_MAX))
		text[0] = '\0';
}

int sixpn_dns_name_parse(uint8_t name[SIXPN_DNS_NAME_MAX], const char *text)
{
	if (!*text || !knot_dname_from_str(name, text, SIXPN_DNS_NAME_MAX))
		return -EINVAL;
	return (int)knot_dname_size(name);
}

int sixpn_dns_type_parse(const char *text)
{
	uint16_t type;

	return knot_rrtype_from_string(text, &type) ? -EINVAL : type;
}

/* --- Clients. --- */

static bool put_query(knot_pkt_t *pkt, const uint8_t *name, uint16_t type,
		      knot_mm_t *mm)
{
	knot_rrset_t opt;

	return !knot_pkt_put_question(pkt, name, KNOT_CLASS_IN, type) &&
	       !knot_edns_init(&opt, SIXPN_DNS_UDP_MAX, 0, KNOT_EDNS_VERSION,
			       mm) &&
	       !knot_pkt_begin(pkt, KNOT_ADDITIONAL) &&
	       !knot_pkt_put(pkt, KNOT_COMPR_HINT_NOCOMP, &opt, 0);
}

int sixpn_dns_make_query(struct sixpn_dns *dns, uint8_t *out, uint16_t id,
			 const uint8_t *name, uint16_t type)
{
	knot_pkt_t *pkt;

	drop_answer(dns);
	dns->used = 0;
	pkt = knot_pkt_new(out, SIXPN_DNS_UDP_MIN, &dns->mm);
	if (!pkt)
		return -ENOMEM;
	knot_pkt_clear(pkt);
	memset(out, 0, KNOT_WIRE_HEADER_SIZE);
	knot_wire_set_id(out, id);
	knot_wire_set_rd(out);
	return put_query(pkt, name, type, &dns->mm) ? (int)pkt->size : -EINVAL;
}

static void read_ede(struct sixpn_dns_response *response, const knot_pkt_t *pkt)
{
	uint8_t *option = knot_pkt_edns_option(pkt, KNOT_EDNS_OPTION_EDE);
	size_t length;

	response->ede = SIXPN_DNS_EDE_NONE;
	response->ede_text[0] = '\0';
	if (!option || knot_edns_opt_get_length(option) < 2)
		return;
	length = knot_edns_opt_get_length(option) - 2u;
	if (length >= sizeof(response->ede_text))
		length = sizeof(response->ede_text) - 1;
	option = knot_edns_opt_get_data(option);
	response->ede = knot_wire_read_u16(option);
	memcpy(response->ede_text, option + 2, length);
	response->ede_text[length] = '\0';
}

static void read_flags(struct sixpn_dns_response *response,
		       const knot_pkt_t *pkt)
{
	response->id = knot_wire_get_id(pkt->wire);
	response->rcode = knot_pkt_ext_rcode(pkt);
	response->authoritative = knot_wire_get_aa(pkt->wire);
	response->truncated = knot_wire_get_tc(pkt->wire);
	response->recursion_available = knot_wire_get_ra(pkt->wire);
	response->authentic_data = knot_wire_get_ad(pkt->wire);
}

/* As far as it has a question: a server that could not read ours has none. */
static bool is_response_to(const knot_pkt_t *pkt, const uint8_t *query,
			   size_t query_length)
{
	size_t length = knot_pkt_question_size(pkt);

	if (!knot_wire_get_qr(pkt->wire) ||
	    knot_wire_get_id(pkt->wire) != knot_wire_get_id(query))
		return false;
	return !length || (length <= query_length - KNOT_WIRE_HEADER_SIZE &&
			   !memcmp(pkt->wire + KNOT_WIRE_HEADER_SIZE,
				   query + KNOT_WIRE_HEADER_SIZE, length));
}

/* The strings of a TXT record are one text, cut anywhere. */
static size_t join_strings(uint8_t *to, const knot_rdata_t *rdata)
{
	const uint8_t *at = rdata->data, *end = at + rdata->len;
	size_t length = 0;

	while (at < end && *at < end - at) {
		memcpy(to + length, at + 1, *at);
		length += *at;
		at += *at + 1;
	}
	to[length] = '\0';
	return length;
}

static int print_data(const knot_rrset_t *rr, char *to, size_t room)
{
	knot_dump_style_t style = { .generic = false };
	int length;

	if (rr->type == KNOT_RRTYPE_TXT)
		return (int)join_strings((uint8_t *)to, rr->rrs.rdata);
	length = knot_rrset_txt_dump_data(rr, 0, to, room, &style);
	if (length >= 0)
		return length;
	/* not of the form of its type: as RFC 3597 has what is unknown */
	style.generic = true;
	return knot_rrset_txt_dump_data(rr, 0, to, room, &style);
}

static int visit_record(const knot_rrset_t *rr, knot_section_t section,
			int (*visit)(void *data,
				     const struct sixpn_dns_record *record),
			void *data)
{
	struct sixpn_dns_record record = { .type = rr->type, .ttl = rr->ttl };
	/* four bytes per byte, and the words around them */
	size_t room = (size_t)rr->rrs.rdata->len * 4 + 1024;
	char *text = malloc(room);
	int length, ret;

	if (!text)
		return -ENOMEM;
	record.section = (enum sixpn_dns_section)section;
	sixpn_dns_name_text(record.owner, rr->owner);
	if (knot_rrtype_to_string(rr->type, record.type_text,
				  sizeof(record.type_text)) < 0)
		record.type_text[0] = '\0';
	length = print_data(rr, text, room);
	record.data = text;
	record.data_length = (size_t)length;
	ret = length < 0 ? -EBADMSG : visit(data, &record);
	free(text);
	return ret;
}

static int visit_records(const knot_pkt_t *pkt,
			 int (*visit)(void *data,
				      const struct sixpn_dns_record *record),
			 void *data)
{
	knot_section_t id;
	uint16_t i;
	int ret = 0;

	for (id = KNOT_ANSWER; id <= KNOT_ADDITIONAL; id++) {
		const knot_pktsection_t *section = knot_pkt_section(pkt, id);

		for (i = 0; !ret && i < section->count; i++)
			if (knot_pkt_rr(section, i)->type != KNOT_RRTYPE_OPT)
				ret = visit_record(knot_pkt_rr(section, i), id,
						   visit, data);
	}
	return ret;
}

int sixpn_dns_read_response(struct sixpn_dns *dns, const uint8_t *packet,
			    size_t length, const uint8_t *query,
			    size_t query_length,
			    struct sixpn_dns_response *response,
			    int (*visit)(void *data,
					 const struct sixpn_dns_record *record),
			    void *data)
{
	knot_pkt_t *pkt;
	int ret = -EBADMSG;

	if (length < KNOT_WIRE_HEADER_SIZE || length > SIXPN_DNS_MESSAGE_MAX)
		return -EBADMSG;
	pkt = knot_pkt_new((void *)(uintptr_t)packet, (uint16_t)length, NULL);
	if (!pkt)
		return -ENOMEM;
	if (!knot_pkt_parse(pkt, KNOT_PF_KEEPWIRE | KNOT_PF_NOCANON) &&
	    is_response_to(pkt, query, query_length)) {
		read_flags(response, pkt);
		read_ede(response, pkt);
		ret = visit_records(pkt, visit, data);
	}
	knot_pkt_free(pkt);
	return ret;
}
