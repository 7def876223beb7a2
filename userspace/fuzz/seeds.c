// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Usage: seeds FUZZER DIR
 *
 * Writes the seeds of a fuzzer: a few well-formed inputs that it would not
 * find by itself.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "dns.h"
#include "message.h"
#include "object_message.h"

#define K1 "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUA="
#define K2 "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAkA="

static const char *directory;
static unsigned int written;

static void write_seed(const void *data, size_t size)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/seed-%u", directory, written++);
	file = fopen(path, "w");
	if (!file || fwrite(data, 1, size, file) != size || fclose(file)) {
		perror(path);
		exit(1);
	}
}

static void write_texts(const char *const *texts)
{
	for (; *texts; texts++)
		write_seed(*texts, strlen(*texts));
}

static const char *const config_texts[] = {
	"[Interface]\nPrivateKey = " K1 "\nListenPort = 51820\nFwMark = 0xff\n",
	"# a comment\n[Peer]\nPublicKey=" K1 "\nPresharedKey=" K2
	"\nAllowedIPs=10.0.0.0/8, fd00::/8\nEndpoint=1.2.3.4:5\n"
	"PersistentKeepalive=25\n",
	"[Interface]\nFwMark=off\n[Peer]\nPublicKey=" K2
	"\nEndpoint=host.example:51820\nAllowedIPs=\n",
	"[Interface]\nHostId=0x10\n[Peer]\nPublicKey=" K1
	"\nKind=host\nHostId=auto\nIdleExpiry=off\n[Network]\nId=42\n"
	"[Machine]\nNetwork=42\nName=web\nPort=eth6\nNetNS=web\nMovedTo=9\n"
	"[Machine]\nAddress=fdaa:0:2a:0:7:0:5:2\nBind=tap0\n"
	"[Machine]\nNetwork=42\nId=5\nClient=" K1 "\n[Machine]\nNetwork=1\n"
	"Attachment=host\n[Route]\nAddress=fdaa:0:2a:0:7:0:6:0/112\nVia=8\n",
	NULL
};

static const char *const host_config_texts[] = {
	"# a host\nname = fra1\nregion = fra\ndevice = mesh0\n"
	"listen-port = 51820 # UDP\nhost-id = auto\nendpoint = 192.0.2.1\n"
	"endpoint = [2001:db8::1]:51820\nendpoint = fra1.example\n"
	"key-file = /var/lib/sixpn/private.key\n",
	"registry = etcds:a.example:2379,[2001:db8::1],10.0.0.1\r\n"
	"registry-ca = /c\r\nregistry-cert = /c\r\nregistry-key = /k\r\n"
	"registry-user = u\r\nregistry-password-file = /p\r\n"
	"registry-timeout = 5\r\n",
	"registry=sqlite:/r\nmtu=1420\nlease=15\nclient-idle-expiry=off\n"
	"gateway=no\nresolver=yes",
	"host-id = 0x10\nlisten-prot = 1\n",
	"registry=etcd:a\nregistry-user=#u\nregistry-password-file=/p\n",
	NULL
};

static const char *const word_texts[] = {
	"nameserver 192.0.2.1\nnameserver fe80::1%eth0\nsearch a\n",
	"192.0.2.1, 2001:db8::1,[2001:db8::1]:5353",
	"sixpn_resolver_queries_total{zone=\"internal\"} 3\n"
	"sixpn_resolver_refused_sources_total 5\n"
	"sixpn_resolver_records{kind=\"machine\"} 7\n"
	"sixpn_resolver_registry_age_seconds 8.125\n",
	"51820", "0xffffffff", "off", "mesh0", "1.2.3.4:5",
	"[2001:db8::1]:51820", "[fe80::1%eth0]:1", "host.example:http",
	"10.0.0.0/8,::/0", "+1.2.3.4,-fd00::/8", "gr\xc3\xbc\xc3\x9f\x1b[31m",
	"auto", "client", "1048576", "web-1.a_b", "fdaa:0:2a:0:7:0:5:2",
	"fdaa:0:2a:0:7:0:6:0/112", "yes", "/var/lib/sixpn/private.key",
	"sqlite:/r", "etcds:a.example:1,[::1],10.0.0.1", "[2001:db8::1]",
	NULL
};

static const char *const netns_texts[] = {
	"127.0.0.1 localhost\n::1 localhost",
	"fdaa:0:2a:0:7:0:5:2 fly-local-6pn # sixpn 7\n127.0.0.1 localhost\n",
	"# sixpn made this file: 0e5751c026e543b2e8ab2eb06099daa1\n"
	"# sixpn: the resolver of the mesh\nnameserver fdaa::3\n",
	NULL
};

static const char *const etcd_texts[] = {
	"{\"header\":{\"cluster_id\":\"3\",\"revision\":\"2\"},\"succeeded\":true,"
	"\"responses\":[{\"response_put\":{\"header\":{\"revision\":\"2\"}}}]}",
	"{\"header\":{\"revision\":\"9\"},\"kvs\":[{\"key\":\"YS9i\","
	"\"create_revision\":\"2\",\"mod_revision\":\"2\",\"version\":\"1\","
	"\"value\":\"eHl6\",\"lease\":\"7\"}],\"more\":true,\"count\":\"5\"}",
	"{\"result\":{\"header\":{\"revision\":\"3\"},\"created\":true}}\n"
	"{\"result\":{\"header\":{\"revision\":\"3\"},\"events\":[{\"kv\":"
	"{\"key\":\"YQ==\",\"mod_revision\":\"2\",\"value\":\"eA==\"}},"
	"{\"type\":\"DELETE\",\"kv\":{\"key\":\"YQ==\",\"mod_revision\":\"3\"}}],"
	"\"fragment\":true}}\n",
	"{\"result\":{\"header\":{\"revision\":\"3\"},\"canceled\":true,"
	"\"compact_revision\":\"3\",\"cancel_reason\":\"mvcc: no\"}}",
	"{\"error\":\"no\",\"message\":\"etcdserver: no leader\",\"code\":14}",
	"{\"error\":{\"grpc_code\":11,\"http_code\":400,\"message\":\"no\"}}",
	"{\"header\":{\"revision\":\"1\"},\"ID\":\"5\",\"TTL\":\"60\"}",
	"{\"header\":{\"revision\":\"1\"},\"token\":\"abc.5\"}",
	NULL
};

static const char *const key_texts[] = {
	K1, K2, K1 "\n",
	"0101010101010101010101010101010101010101010101010101010101010140",
	NULL
};

/* The first byte is the kind: 'F', which is divided by seven, is of the first. */
static const char *const record_texts[] = {
	"F{\"schema\":1,\"network\":42,\"name\":\"acme\",\"created\":"
	"\"2026-11-28T04:00:00Z\",\"removing\":true}",
	"G{\"schema\":1,\"host\":7,\"name\":\"fra1\",\"public-key\":\"" K1
	"\",\"region\":\"fra\",\"endpoints\":[\"192.0.2.1:51820\","
	"\"[2001:db8::1]:51820\"],\"port\":51820,\"gateway\":true}",
	"H{\"host\":7,\"since\":\"2026-11-28T04:00:00Z\"}",
	"I{\"network\":42,\"machine\":5,\"name\":\"web-1\",\"app\":\"web\","
	"\"group\":\"app\",\"region\":\"fra\",\"host\":7,\"home\":8,"
	"\"address\":\"fdaa:0:2a:0:8:0:5:2\",\"attachment\":\"port\","
	"\"ifname\":\"eth6\",\"netns\":\"web\",\"state\":\"stopped\","
	"\"skip-dns\":true,\"no-resolv\":true,\"metadata\":{\"role\":\"primary\",\"a\":\"\"},"
	"\"checks\":[{\"name\":\"http\",\"status\":\"critical\","
	"\"output\":\"200\",\"updated\":\"2026-11-28T04:00:00Z\",\"x\":1}]}",
	"J{\"network\":42,\"name\":\"laptop\",\"public-key\":\"" K1
	"\",\"address\":\"fdaa:0:2a:0:7:0:9:2\",\"gateway\":7,\"home\":7,"
	"\"owner\":\"J\xc3\xbcrgen\",\"expires\":\"2026-12-28T04:00:00Z\",\"last-seen\":\"2026-11-28T05:00:00Z\","
	"\"preshared-key\":\"" K2 "\"}",
	"K{\"network\":42,\"address\":\"fdaa:0:2a:0:1::3\",\"app\":\"web\","
	"\"app-network\":43,\"ports\":[{\"port\":80,\"protocol\":\"udp\"}],"
	"\"later\":[1.5,null,{}]}",
	"L{\"network\":42,\"home\":8,\"machine\":5,\"host\":7}",
	"F{\"schema\":2}",
	NULL
};

static void put_peer(struct nl_msg *message, uint8_t number, uint32_t flags)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = 9 };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = 9 };
	struct nlattr *peer, *allowedip;
	uint8_t key[SIXPN_KEY_LEN];

	memset(key, number, sizeof(key));
	peer = nla_nest_start(message, SIXPN_A_PEER | NLA_F_NESTED);
	nla_put(message, SIXPN_PEER_A_PUBLIC_KEY, sizeof(key), key);
	if (flags)
		nla_put_u32(message, SIXPN_PEER_A_FLAGS, flags);
	if (number & 1)
		nla_put(message, SIXPN_PEER_A_ENDPOINT, sizeof(v4), &v4);
	else
		nla_put(message, SIXPN_PEER_A_ENDPOINT, sizeof(v6), &v6);
	nla_put(message, SIXPN_PEER_A_PRESHARED_KEY, sizeof(key), key);
	nla_put_u16(message, SIXPN_PEER_A_PERSISTENT_KEEPALIVE, 25);
	nla_put_u64(message, SIXPN_PEER_A_LAST_HANDSHAKE, 1);
	nla_put_u32(message, SIXPN_PEER_A_HANDSHAKE_RTT, 1);
	nla_put_u64(message, SIXPN_PEER_A_RX_BYTES, 1);
	nla_put_u64(message, SIXPN_PEER_A_TX_BYTES, 1);
	nla_put_u64(message, SIXPN_PEER_A_DROPS, 1);
	nla_put_u32(message, SIXPN_PEER_A_KIND, number);
	nla_put_u32(message, SIXPN_PEER_A_HOST_ID, 9);
	nla_put_u32(message, SIXPN_PEER_A_IDLE_EXPIRY, 600);
	allowedip = nla_nest_start(message,
				   SIXPN_PEER_A_ALLOWED_IP | NLA_F_NESTED);
	nla_put_u16(message, SIXPN_ALLOWEDIP_A_FAMILY, AF_INET);
	nla_put_u32(message, SIXPN_ALLOWEDIP_A_ADDRESS, 10);
	nla_put_u8(message, SIXPN_ALLOWEDIP_A_PREFIX_LEN, 8);
	nla_nest_end(message, allowedip);
	nla_nest_end(message, peer);
}

static void put_device(struct nl_msg *message)
{
	uint8_t key[SIXPN_KEY_LEN] = { 1 };

	nla_put_u32(message, SIXPN_A_IFINDEX, 7);
	nla_put_string(message, SIXPN_A_IFNAME, "mesh0");
	nla_put(message, SIXPN_A_PRIVATE_KEY, sizeof(key), key);
	nla_put(message, SIXPN_A_PUBLIC_KEY, sizeof(key), key);
	nla_put_u16(message, SIXPN_A_LISTEN_PORT, 51820);
	nla_put_u32(message, SIXPN_A_FWMARK, 1);
	nla_put_u32(message, SIXPN_A_GENERATION, 1);
	nla_put_u32(message, SIXPN_A_PEER_COUNT, 2);
}

static void put_objects(struct nl_msg *message)
{
	struct sixpn_machine machine = {
		.has = SIXPN_MACHINE_HAS_NETWORK | SIXPN_MACHINE_HAS_ID |
		       SIXPN_MACHINE_HAS_NAME | SIXPN_MACHINE_HAS_ADDRESS |
		       SIXPN_MACHINE_HAS_ATTACHMENT |
		       SIXPN_MACHINE_HAS_IFNAME | SIXPN_MACHINE_HAS_IFINDEX |
		       SIXPN_MACHINE_HAS_PEER_KEY | SIXPN_MACHINE_HAS_MOVED_TO,
		.network = 42, .id = 5, .name = "web", .ifname = "eth6",
		.attachment = SIXPN_ATTACHMENT_PORT, .ifindex = 3,
	};
	const struct sixpn_network network = { .id = 42 };
	const struct sixpn_route route = { .host_id = 8 };
	struct nlattr *drop;

	nla_put_u32(message, SIXPN_A_HOST_ID, 7);
	nla_put_u32(message, SIXPN_A_NETWORK_COUNT, 1);
	nla_put_u32(message, SIXPN_A_MACHINE_COUNT, 1);
	nla_put_u32(message, SIXPN_A_ROUTE_COUNT, 1);
	sixpn_object_put_network(message, &network);
	sixpn_object_put_machine(message, &machine, SIXPN_MACHINE_WHOLE);
	sixpn_object_put_route(message, &route);
	drop = nla_nest_start(message, SIXPN_A_DROP | NLA_F_NESTED);
	nla_put_u32(message, SIXPN_DROP_A_REASON, 1);
	nla_put_string(message, SIXPN_DROP_A_NAME, "malformed");
	nla_put_u64(message, SIXPN_DROP_A_PACKETS, 1);
	nla_nest_end(message, drop);
}

/* A datagram of one message, and its attributes alone. */
static void write_message(int type, int flags, uint8_t command,
			  void (*put)(struct nl_msg *message))
{
	struct nl_msg *message = nlmsg_alloc_size(4096);
	const char *start;

	if (!message || !genlmsg_put(message, 1, 1, type, 0, flags, command, 1))
		exit(1);
	put(message);
	start = (const char *)nlmsg_hdr(message);
	write_seed(start, nlmsg_hdr(message)->nlmsg_len);
	write_seed(start + NLMSG_HDRLEN + GENL_HDRLEN,
		   nlmsg_hdr(message)->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN);
	nlmsg_free(message);
}

static void put_peers(struct nl_msg *message)
{
	put_peer(message, 1, 0);
	put_peer(message, 2, 0);
	put_peer(message, 2, SIXPN_PEER_F_CONTINUED);
}

/* The end of a request: a code, and the kernel's words for it. */
static void write_end(int type, int flags)
{
	struct nl_msg *message = nlmsg_alloc_size(4096);
	struct nlmsgerr error = { .error = -22 };

	if (!message || !nlmsg_put(message, 1, 1, type,
				   type == NLMSG_ERROR ? sizeof(error) : 4,
				   flags | NLM_F_ACK_TLVS))
		exit(1);
	memcpy(nlmsg_data(nlmsg_hdr(message)), &error,
	       type == NLMSG_ERROR ? sizeof(error) : 4);
	nla_put_string(message, NLMSGERR_ATTR_MSG, "no");
	nla_put_u32(message, NLMSGERR_ATTR_OFFS, 20);
	nla_put_u32(message, NLMSGERR_ATTR_MISS_TYPE, 1);
	write_seed(nlmsg_hdr(message), nlmsg_hdr(message)->nlmsg_len);
	nlmsg_free(message);
}

static void write_netlink(void)
{
	write_message(32, 0, SIXPN_CMD_DEVICE_GET, put_device);
	write_message(32, NLM_F_MULTI, SIXPN_CMD_PEER_GET, put_peers);
	write_message(32, NLM_F_MULTI | NLM_F_DUMP_INTR, SIXPN_CMD_HANDSHAKE_NTF,
		      put_peers);
	write_message(32, NLM_F_MULTI, SIXPN_CMD_MACHINE_NTF, put_objects);
	write_end(NLMSG_ERROR, NLM_F_CAPPED);
	write_end(NLMSG_ERROR, 0);
	write_end(NLMSG_DONE, NLM_F_MULTI);
}

static const char *const name_texts[] = {
	"web.internal", "fra.web.internal", "top3.nearest.of.web.internal",
	"m01.vm.web.internal", "app.process.web.internal",
	"primary.role.kv._metadata.web.internal", "laptop._peer.internal",
	"_api.internal", "_apps.internal", "all._instances.internal",
	"vms.web.internal", "all.regions.web.internal", "web.flycast",
	"_http._tcp.web.internal", "_80._tcp.web.flycast", "fra1._host.internal",
	"fdaa-0-2a-0-7-0-1-2._whois.internal", "example.com", ".",
	"2.0.0.0.1.0.0.0.0.0.0.0.7.0.0.0.0.0.0.0.a.2.0.0.0.0.0.0.a.a.d.f.ip6.arpa",
	"a.2.0.0.0.0.0.0.a.a.d.f.ip6.arpa", NULL
};

static void write_names(void)
{
	uint8_t wire[SIXPN_DNS_NAME_MAX];
	const char *const *text;

	for (text = name_texts; *text; text++)
		write_seed(wire,
			   (size_t)sixpn_dns_name_parse(wire, *text));
}

/* Types that there are, with a cookie for one of them. */
static void write_dns(void)
{
	static const uint16_t types[] = { SIXPN_DNS_AAAA, SIXPN_DNS_TXT,
					  SIXPN_DNS_SRV, SIXPN_DNS_PTR,
					  SIXPN_DNS_ANY };
	static const uint8_t cookie[] = { 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8 };
	uint8_t seed[1 + SIXPN_DNS_UDP_MIN], wire[SIXPN_DNS_NAME_MAX];
	struct sixpn_dns *dns = sixpn_dns_new();
	const char *const *text;
	size_t i, length;

	for (text = name_texts; dns && *text; text++) {
		i = (size_t)(text - name_texts) % 5;
		seed[0] = (uint8_t)(i << 2 | (i & 1));
		sixpn_dns_name_parse(wire, *text);
		length = 1 + (size_t)sixpn_dns_make_query(dns, seed + 1, 1,
							  wire, types[i]);
		if (!i) {
			seed[length - 1] = sizeof(cookie);
			memcpy(seed + length, cookie, sizeof(cookie));
			length += sizeof(cookie);
		}
		write_seed(seed, length);
	}
	sixpn_dns_free(dns);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	directory = argv[2];
	if (!strcmp(argv[1], "config"))
		write_texts(config_texts);
	else if (!strcmp(argv[1], "host_config"))
		write_texts(host_config_texts);
	else if (!strcmp(argv[1], "words"))
		write_texts(word_texts);
	else if (!strcmp(argv[1], "key"))
		write_texts(key_texts);
	else if (!strcmp(argv[1], "record") || !strcmp(argv[1], "zone"))
		write_texts(record_texts);
	else if (!strcmp(argv[1], "netns_text"))
		write_texts(netns_texts);
	else if (!strcmp(argv[1], "etcd"))
		write_texts(etcd_texts);
	else if (!strcmp(argv[1], "name"))
		write_names();
	else if (!strcmp(argv[1], "dns"))
		write_dns();
	else if (!strcmp(argv[1], "netlink"))
		write_netlink();
	return written ? 0 : 2;
}
