// SPDX-License-Identifier: GPL-2.0-or-later
#include "store_etcd.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

/* --- Endpoints. --- */

void sixpn_etcd_put_off(struct sixpn_etcd *etcd, unsigned int endpoint)
{
	struct sixpn_etcd_endpoint *one = &etcd->endpoints[endpoint];

	one->backoff_ms = one->backoff_ms ?
		MIN(one->backoff_ms * 2, SIXPN_ETCD_BACKOFF_MAX_MS) :
		SIXPN_ETCD_BACKOFF_MS;
	one->until = sixpn_etcd_now() + one->backoff_ms;
}

void sixpn_etcd_endpoint_good(struct sixpn_etcd *etcd, unsigned int endpoint)
{
	etcd->endpoints[endpoint].until = 0;
	etcd->endpoints[endpoint].backoff_ms = 0;
}

unsigned int sixpn_etcd_choose(const struct sixpn_etcd *etcd,
			       unsigned int first, int64_t *at)
{
	int64_t now = sixpn_etcd_now();
	unsigned int best = first, i;

	for (i = 0; i < etcd->endpoint_count; i++) {
		unsigned int n = (first + i) % etcd->endpoint_count;

		if (etcd->endpoints[n].until <= now) {
			*at = now;
			return n;
		}
		if (etcd->endpoints[n].until < etcd->endpoints[best].until)
			best = n;
	}
	*at = etcd->endpoints[best].until;
	return best;
}

int64_t sixpn_etcd_deadline(const struct sixpn_etcd *etcd)
{
	return sixpn_etcd_now() + etcd->timeout_ms;
}

/* --- One exchange after the other. --- */

static bool has_ended(CURLM *multi, CURLcode *code)
{
	CURLMsg *message;
	int left;

	while ((message = sixpn_curl.multi_info_read(multi, &left)))
		if (message->msg == CURLMSG_DONE) {
			*code = message->data.result;
			return true;
		}
	return false;
}

/*
 * @share: when to turn to another endpoint. Not once a request is out that must
 * not be sent twice: nobody would know what came of it.
 */
static bool run(struct sixpn_etcd *etcd, struct sixpn_etcd_exchange *exchange,
		bool repeatable, int64_t share, int64_t deadline,
		CURLcode *code)
{
	for (;;) {
		int64_t end = repeatable || exchange->sent < exchange->length ?
				      share : deadline;
		int running;

		if (sixpn_curl.multi_perform(etcd->multi, &running))
			return false;
		if (has_ended(etcd->multi, code))
			return true;
		end -= sixpn_etcd_now();
		if (end <= 0)
			return false;
		sixpn_curl.multi_poll(etcd->multi, NULL, 0, (int)MIN(end, 1000),
				      NULL);
	}
}

static void attempt(struct sixpn_etcd *etcd,
		    const struct sixpn_etcd_request *request,
		    unsigned int endpoint, int64_t share, int64_t deadline,
		    struct sixpn_etcd_result *result, struct sixpn_error *error)
{
	struct sixpn_etcd_exchange exchange = { 0 };
	CURLcode code;

	memset(result, 0, sizeof(*result));
	if (sixpn_etcd_exchange_start(&exchange, etcd, etcd->multi, endpoint,
				      request, false)) {
		result->outcome = SIXPN_ETCD_REFUSED;
		result->code = sixpn_error_set(error, -ENOMEM, "out of memory");
	} else if (run(etcd, &exchange, request->repeatable, share, deadline,
		       &code)) {
		sixpn_etcd_exchange_judge(&exchange, code, result, error);
	} else {
		sixpn_etcd_exchange_late(&exchange, result, error);
	}
	sixpn_etcd_exchange_end(&exchange, etcd->multi);
	if (result->outcome == SIXPN_ETCD_NOT_DONE ||
	    result->outcome == SIXPN_ETCD_UNCLEAR) {
		sixpn_etcd_put_off(etcd, endpoint);
	} else {
		sixpn_etcd_endpoint_good(etcd, endpoint);
		etcd->current = endpoint;
	}
}

/*
 * Until one answers. A transaction that may have been done is not repeated, with
 * conditions neither: they would fail for the very change that they let pass,
 * and "not done" would be a lie.
 */
static void ask(struct sixpn_etcd *etcd, int64_t deadline,
		const struct sixpn_etcd_request *request,
		struct sixpn_etcd_result *result, struct sixpn_error *error)
{
	unsigned int tried = 0, lasting = 0, endpoint;
	int64_t at, now;

	for (;; tried++) {
		endpoint = sixpn_etcd_choose(etcd, etcd->current, &at);
		now = sixpn_etcd_now();
		/* The last words stay: they say why. */
		if (tried && MAX(at, now) >= deadline)
			return;
		/* poll() takes less than nothing for no limit. */
		if (MIN(at, deadline) > now)
			poll(NULL, 0, (int)(MIN(at, deadline) - now));
		now = sixpn_etcd_now();
		attempt(etcd, request, endpoint,
			now + MAX(deadline - now, 0) /
			(etcd->endpoint_count -
			 tried % etcd->endpoint_count), deadline, result,
			error);
		if (result->outcome < SIXPN_ETCD_NOT_DONE ||
		    (result->outcome == SIXPN_ETCD_UNCLEAR &&
		     !request->repeatable))
			return;
		lasting = result->lasting ? lasting + 1 : 0;
		if (lasting >= etcd->endpoint_count ||
		    sixpn_etcd_now() >= deadline)
			return;
	}
}

/* --- Who we are. --- */

void sixpn_etcd_forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

int sixpn_etcd_keep_token(struct sixpn_etcd *etcd, const json_t *answer)
{
	const char *token = sixpn_etcd_read_token(answer);
	char *copy = token ? strdup(token) : NULL;

	if (!copy)
		return token ? -ENOMEM : -EPROTO;
	sixpn_etcd_forget(etcd->token);
	etcd->token = copy;
	return 0;
}

static int log_in(struct sixpn_etcd *etcd, int64_t deadline,
		  struct sixpn_error *error)
{
	struct sixpn_etcd_request request = {
		.path = "/v3/auth/authenticate",
		.body = sixpn_etcd_login_body(etcd->user, etcd->password),
		.repeatable = true,
		.no_token = true,
	};
	struct sixpn_error why = { 0 };
	struct sixpn_etcd_result result;
	int ret = 0;

	if (!request.body)
		return sixpn_error_set(error, -EINVAL,
				       "the user or the password for etcd is no UTF-8");
	request.length = strlen(request.body);
	ask(etcd, deadline, &request, &result, &why);
	sixpn_etcd_forget(request.body);
	if (result.outcome == SIXPN_ETCD_ANSWERED) {
		ret = sixpn_etcd_keep_token(etcd, result.answer);
		json_decref(result.answer);
		if (ret)
			sixpn_error_set(&why, ret,
					"etcd %s: gives no token, see its log",
					etcd->endpoints[etcd->current].name);
	} else if (strstr(why.text, "authentication is not enabled")) {
		etcd->open = true;
	} else {
		ret = result.code;
	}
	if (ret)
		sixpn_error_set(error, ret, "%s", why.text);
	return ret;
}

/* A login changes nothing, so that its end is never unknowable. */
static int need_token(struct sixpn_etcd *etcd, int64_t deadline,
		      struct sixpn_error *error)
{
	int ret;

	if (!etcd->user || etcd->token || etcd->open)
		return 0;
	ret = log_in(etcd, deadline, error);
	return ret == -ETIMEDOUT ? -EHOSTUNREACH : ret;
}

static int ask_known(struct sixpn_etcd *etcd, int64_t deadline,
		     const struct sixpn_etcd_request *request,
		     struct sixpn_etcd_result *result,
		     struct sixpn_error *error)
{
	int ret = need_token(etcd, deadline, error);

	if (ret)
		return ret;
	ask(etcd, deadline, request, result, error);
	if (result->outcome != SIXPN_ETCD_TOKEN)
		return 0;
	/* Members forget tokens; the request was not done. */
	sixpn_etcd_forget(etcd->token);
	etcd->token = NULL;
	etcd->open = false;
	ret = need_token(etcd, deadline, error);
	if (!ret)
		ask(etcd, deadline, request, result, error);
	return ret;
}

int sixpn_etcd_call(struct sixpn_etcd *etcd, int64_t deadline,
		    struct sixpn_etcd_request *request, json_t **answer,
		    struct sixpn_error *error)
{
	struct sixpn_etcd_result result = { 0 };
	int ret;

	*answer = NULL;
	if (!request->body)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	request->length = strlen(request->body);
	ret = ask_known(etcd, deadline, request, &result, error);
	free(request->body);
	request->body = NULL;
	if (ret)
		return ret;
	if (result.outcome == SIXPN_ETCD_ANSWERED) {
		*answer = result.answer;
		return 0;
	}
	if (result.outcome == SIXPN_ETCD_UNCLEAR && !request->repeatable) {
		sixpn_error_append(error,
				   "; whether it was changed will be known when it is read again");
		return -ETIMEDOUT;
	}
	return result.code;
}
