// SPDX-License-Identifier: GPL-2.0-or-later
#include "store_etcd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NAME(exchange) ((exchange)->etcd->endpoints[(exchange)->endpoint].name)

int64_t sixpn_etcd_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- Sending. --- */

/*
 * libcurl repeats a request by itself when a connection that it has kept breaks.
 * A transaction might be done twice then. It needs to wind the body back for
 * that, which nothing here lets it do once a byte was taken.
 */
static size_t read_body(char *buffer, size_t size, size_t count, void *data)
{
	struct sixpn_etcd_exchange *exchange = data;
	size_t length = exchange->length - exchange->sent;

	if (length > size * count)
		length = size * count;
	memcpy(buffer, exchange->body + exchange->sent, length);
	exchange->sent += length;
	return length;
}

static int seek_body(void *data, curl_off_t offset, int origin)
{
	struct sixpn_etcd_exchange *exchange = data;

	return !exchange->sent && !offset && origin == SEEK_SET ?
		       CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static size_t write_answer(char *bytes, size_t size, size_t count, void *data)
{
	struct sixpn_etcd_exchange *exchange = data;
	size_t length = size * count;

	if (!exchange->stream &&
	    exchange->answer.length + length > SIXPN_ETCD_ANSWER_MAX)
		exchange->failed = -EMSGSIZE;
	else
		exchange->failed = sixpn_etcd_text_add(&exchange->answer,
						       bytes, length);
	return exchange->failed ? 0 : length;
}

static int add_header(struct sixpn_etcd_exchange *exchange, const char *line)
{
	struct curl_slist *list = sixpn_curl.slist_append(exchange->headers, line);

	if (!list)
		return -ENOMEM;
	exchange->headers = list;
	return 0;
}

static int set_headers(struct sixpn_etcd_exchange *exchange, bool no_token)
{
	const char *token = no_token ? NULL : exchange->etcd->token;
	char *line;
	int ret;

	/* Large bodies would wait for a word that etcd does not say. */
	ret = add_header(exchange, "Expect:");
	if (!ret)
		ret = add_header(exchange, "Content-Type: application/json");
	/* A member that is cut off from the others shall say so. */
	if (!ret)
		ret = add_header(exchange, "Grpc-Metadata-Hasleader: true");
	if (ret || !token)
		return ret;
	if (asprintf(&line, "Authorization: %s", token) < 0)
		return -ENOMEM;
	ret = add_header(exchange, line);
	sixpn_etcd_forget(line);
	return ret;
}

static CURLcode set_tls(struct sixpn_etcd_exchange *exchange)
{
	const struct sixpn_etcd *etcd = exchange->etcd;
	CURL *easy = exchange->easy;
	CURLcode code = CURLE_OK;

	if (etcd->ca_file)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_CAINFO, etcd->ca_file);
	/* None but those: GnuTLS would take the folder's too. */
	if (!code && etcd->ca_file)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (!code && etcd->cert_file)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_SSLCERT, etcd->cert_file);
	if (!code && etcd->key_file)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_SSLKEY, etcd->key_file);
	return code;
}

static CURLcode set_body(struct sixpn_etcd_exchange *exchange)
{
	CURL *easy = exchange->easy;
	CURLcode code = sixpn_curl.easy_setopt(easy, CURLOPT_POST, 1L);

	if (!code)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
					      (curl_off_t)exchange->length);
	if (!code)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
	if (!code)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_READDATA, exchange);
	if (!code)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_body);
	if (!code)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_SEEKDATA, exchange);
	return code;
}

static CURLcode set_rest(struct sixpn_etcd_exchange *exchange)
{
	CURL *easy = exchange->easy;
	CURLcode code;

	code = sixpn_curl.easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
	if (!code)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION,
					      write_answer);
	if (!code)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	if (!code)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_ERRORBUFFER,
					      exchange->why);
	if (!code)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_PRIVATE, exchange);
	if (!code)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* The registry is named in the configuration, not in the environment. */
	if (!code)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_NOPROXY, "*");
	if (!code)
		code = sixpn_curl.easy_setopt(easy, CURLOPT_HTTP_VERSION,
					      (long)CURL_HTTP_VERSION_1_1);
	return code;
}

static int set_url(struct sixpn_etcd_exchange *exchange, const char *path)
{
	CURLcode code;
	char *url;

	if (asprintf(&url, "%s://%s%s", exchange->etcd->tls ? "https" : "http",
		     NAME(exchange), path) < 0)
		return -ENOMEM;
	code = sixpn_curl.easy_setopt(exchange->easy, CURLOPT_URL, url);
	free(url);
	return code ? -ENOMEM : 0;
}

int sixpn_etcd_exchange_start(struct sixpn_etcd_exchange *exchange,
			      struct sixpn_etcd *etcd, CURLM *multi,
			      unsigned int endpoint,
			      const struct sixpn_etcd_request *request,
			      bool stream)
{
	exchange->etcd = etcd;
	exchange->endpoint = endpoint;
	exchange->body = request->body;
	exchange->length = request->length;
	exchange->stream = stream;
	exchange->easy = sixpn_curl.easy_init();
	if (!exchange->easy || set_headers(exchange, request->no_token) ||
	    set_url(exchange, request->path) || set_tls(exchange) ||
	    set_body(exchange) || set_rest(exchange))
		return -ENOMEM;
	return sixpn_curl.multi_add_handle(multi, exchange->easy) ? -ENOMEM : 0;
}

void sixpn_etcd_exchange_end(struct sixpn_etcd_exchange *exchange, CURLM *multi)
{
	if (exchange->easy) {
		sixpn_curl.multi_remove_handle(multi, exchange->easy);
		sixpn_curl.easy_cleanup(exchange->easy);
	}
	sixpn_curl.slist_free_all(exchange->headers);
	sixpn_etcd_text_clear(&exchange->answer);
	memset(exchange, 0, sizeof(*exchange));
}

/* --- What came of it. --- */

/* A body that did not leave whole cannot have been acted on. */
static enum sixpn_etcd_outcome
failed_outcome(const struct sixpn_etcd_exchange *exchange)
{
	return exchange->sent < exchange->length ? SIXPN_ETCD_NOT_DONE :
						  SIXPN_ETCD_UNCLEAR;
}

static int fail_curl(struct sixpn_etcd_exchange *exchange, CURLcode code,
		     bool *lasting, struct sixpn_error *error)
{
	const char *why = exchange->why[0] ? exchange->why :
					     sixpn_curl.easy_strerror(code);

	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return sixpn_error_set(error, -EHOSTUNREACH,
				       "etcd %s: its name cannot be resolved, see the name and the DNS",
				       NAME(exchange));
	case CURLE_COULDNT_CONNECT:
		return sixpn_error_set(error, -ECONNREFUSED,
				       "etcd %s: cannot be connected to, see that it runs and listens there (%s)",
				       NAME(exchange), why);
	case CURLE_PEER_FAILED_VERIFICATION:
		*lasting = true;
		return sixpn_error_set(error, -EKEYREJECTED,
				       "etcd %s: its certificate is not believed, see the CA file and the name (%s)",
				       NAME(exchange), why);
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
		*lasting = true;
		return sixpn_error_set(error, -EKEYREJECTED,
				       "etcd %s: the CA, certificate or key file cannot be used, see them (%s)",
				       NAME(exchange), why);
	case CURLE_SSL_CONNECT_ERROR:
		return sixpn_error_set(error, -EPROTO,
				       "etcd %s: no TLS connection, see that it has etcds: and which certificates it wants (%s)",
				       NAME(exchange), why);
	case CURLE_OUT_OF_MEMORY:
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	default:
		return sixpn_error_set(error, -ECONNRESET,
				       "etcd %s: the connection broke, see its log (%s)",
				       NAME(exchange), why);
	}
}

static int fail_answer(struct sixpn_etcd_exchange *exchange, int code,
		       long status, struct sixpn_error *error)
{
	if (code == -ENOMEM)
		return sixpn_error_set(error, code, "out of memory");
	if (code == -EMSGSIZE)
		return sixpn_error_set(error, code,
				       "etcd %s: its answer is larger than %d MiB",
				       NAME(exchange),
				       SIXPN_ETCD_ANSWER_MAX >> 20);
	return sixpn_error_set(error, -EPROTO,
			       "etcd %s: its answer (HTTP status %ld) is not one of etcd, see that 3.4 or a later one is there",
			       NAME(exchange), status);
}

/* Words in a refusal, and what they mean; where its number is not enough. */
static const struct {
	const char *words;
	enum sixpn_etcd_outcome outcome;
	int code;
	const char *advice;
} meanings[] = {
	{ "lease not found", SIXPN_ETCD_REFUSED, -ESTALE,
	  "the lease has run out" },
	{ "has been compacted", SIXPN_ETCD_REFUSED, -EOVERFLOW,
	  "it has forgotten that revision, list again" },
	{ "request is too large", SIXPN_ETCD_REFUSED, -EMSGSIZE,
	  "make it smaller, or raise etcd's --max-request-bytes" },
	{ "larger than max", SIXPN_ETCD_REFUSED, -EMSGSIZE,
	  "make it smaller, or raise etcd's --max-request-bytes" },
	{ "too many operations", SIXPN_ETCD_REFUSED, -EMSGSIZE,
	  "raise etcd's --max-txn-ops to 128" },
	{ "database space exceeded", SIXPN_ETCD_REFUSED, -ENOSPC,
	  "compact and defragment it, then disarm its alarm" },
	{ "permission denied", SIXPN_ETCD_REFUSED, -EACCES,
	  "give the user a role for these keys" },
	{ "authentication failed", SIXPN_ETCD_REFUSED, -EACCES,
	  "see the user and the password" },
	{ "invalid auth token", SIXPN_ETCD_TOKEN, -EACCES,
	  "see the user and the password" },
	{ "revision in header is old", SIXPN_ETCD_TOKEN, -EACCES,
	  "try again" },
	{ "user name is empty", SIXPN_ETCD_TOKEN, -EACCES,
	  "it wants a user and a password" },
	{ "too many requests", SIXPN_ETCD_NOT_DONE, -EBUSY,
	  "it has more to do than it can" },
	/* Told before anything is begun, as are the next. */
	{ "etcdserver: no leader", SIXPN_ETCD_NOT_DONE, -EHOSTUNREACH,
	  "see that most of its members run and reach each other" },
	{ "raft proposal dropped", SIXPN_ETCD_NOT_DONE, -EHOSTUNREACH,
	  "see that most of its members run and reach each other" },
	{ "rpc not supported for learner", SIXPN_ETCD_NOT_DONE, -EHOSTUNREACH,
	  "it does not vote yet" },
};

/* Refusals of these kinds come before anything is done. */
static bool is_certain(unsigned int code)
{
	switch (code) {
	case SIXPN_GRPC_INVALID_ARGUMENT:
	case SIXPN_GRPC_NOT_FOUND:
	case SIXPN_GRPC_PERMISSION_DENIED:
	case SIXPN_GRPC_RESOURCE_EXHAUSTED:
	case SIXPN_GRPC_FAILED_PRECONDITION:
	case SIXPN_GRPC_OUT_OF_RANGE:
	case SIXPN_GRPC_UNAUTHENTICATED:
		return true;
	}
	return false;
}

void sixpn_etcd_refusal_judge(struct sixpn_etcd *etcd, const char *name,
			      const struct sixpn_etcd_refusal *refusal,
			      struct sixpn_etcd_result *result,
			      struct sixpn_error *error)
{
	size_t i;

	for (i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
		if (!strstr(refusal->message, meanings[i].words))
			continue;
		result->outcome = meanings[i].outcome;
		/* Without a user, another token is not to be had. */
		if (result->outcome == SIXPN_ETCD_TOKEN && !etcd->user)
			result->outcome = SIXPN_ETCD_REFUSED;
		result->code = sixpn_error_set(error, meanings[i].code,
					       "etcd %s: %s; %s", name,
					       refusal->message,
					       meanings[i].advice);
		return;
	}
	result->outcome = is_certain(refusal->code) ? SIXPN_ETCD_REFUSED :
						      SIXPN_ETCD_UNCLEAR;
	result->code = sixpn_error_set(error, -EIO, "etcd %s: %s; see its log",
				       name, refusal->message);
}

/* The whole answer of one that is not a stream. */
static int take_answer(struct sixpn_etcd_exchange *exchange, json_t **answer)
{
	int ret = sixpn_etcd_text_next(&exchange->answer, answer);

	return ret == -EAGAIN ? -EPROTO : ret;
}

static void judge_answer(struct sixpn_etcd_exchange *exchange,
			 struct sixpn_etcd_result *result,
			 struct sixpn_error *error)
{
	struct sixpn_etcd_refusal refusal;
	json_t *answer = NULL;
	long status = 0;
	int ret;

	sixpn_curl.easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	ret = take_answer(exchange, &answer);
	if (!ret)
		ret = sixpn_etcd_read_refusal(answer, &refusal);
	if (!ret) {
		sixpn_etcd_refusal_judge(exchange->etcd, NAME(exchange),
					 &refusal, result, error);
	} else if (ret == -ENOENT && status == 200) {
		result->outcome = SIXPN_ETCD_ANSWERED;
		result->answer = answer;
		return;
	} else {
		/* Who does not know the request has not done it. */
		result->outcome = status >= 400 && status < 500 ?
					  SIXPN_ETCD_NOT_DONE :
					  failed_outcome(exchange);
		result->lasting = true;
		result->code = fail_answer(exchange, ret, status, error);
	}
	json_decref(answer);
}

void sixpn_etcd_exchange_judge(struct sixpn_etcd_exchange *exchange,
			       CURLcode code, struct sixpn_etcd_result *result,
			       struct sixpn_error *error)
{
	memset(result, 0, sizeof(*result));
	result->outcome = failed_outcome(exchange);
	if (exchange->failed) {
		result->lasting = true;
		result->code = fail_answer(exchange, exchange->failed, 0,
					   error);
	} else if (code) {
		result->code = fail_curl(exchange, code, &result->lasting,
					 error);
	} else {
		judge_answer(exchange, result, error);
	}
}

void sixpn_etcd_exchange_late(struct sixpn_etcd_exchange *exchange,
			      struct sixpn_etcd_result *result,
			      struct sixpn_error *error)
{
	memset(result, 0, sizeof(*result));
	result->outcome = failed_outcome(exchange);
	result->code = sixpn_error_set(error,
				       result->outcome == SIXPN_ETCD_UNCLEAR ?
					       -ETIMEDOUT : -EHOSTUNREACH,
				       "etcd %s: does not answer in time, see that it runs and is reached",
				       NAME(exchange));
}
