/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store in an etcd cluster, by the JSON gateway that its members have; what
 * its parts share. Nobody else includes this.
 *
 *   store_etcd.c		opening and closing, reading, changing, leases
 *   store_etcd_call.c		one call: which endpoint, how long, once or again
 *   store_etcd_exchange.c	one request to one endpoint, and what came of it
 *   store_etcd_request.c	what is asked, as JSON
 *   store_etcd_answer.c	what is answered, from JSON
 *   store_etcd_watch.c		watches
 *
 * Times are of CLOCK_MONOTONIC, in milliseconds.
 */
#ifndef SIXPN_LIB_STORE_ETCD_H
#define SIXPN_LIB_STORE_ETCD_H

#include "curl.h"

#include "store_backend.h"
#include "store_etcd_answer.h"

#define SIXPN_ETCD_ENDPOINT_MAX 32

/* An endpoint that failed is put off for the first, doubled up to the second. */
#define SIXPN_ETCD_BACKOFF_MS 50
#define SIXPN_ETCD_BACKOFF_MAX_MS 2000

/* All keys and values of a transaction; etcd advises 10 MiB at the most. */
#define SIXPN_ETCD_REQUEST_MAX (16 * 1024 * 1024)

/**
 * struct sixpn_etcd_endpoint - a member of the cluster
 * @name: "HOST:PORT", as it stands in a URL
 * @until: put off until then, for it has failed
 * @backoff_ms: for how long the last time; 0: it has answered
 */
struct sixpn_etcd_endpoint {
	char *name;
	int64_t until;
	unsigned int backoff_ms;
};

/**
 * struct sixpn_etcd - a store
 * @current: the endpoint that answered last
 * @timeout_ms: of each call, and of each page of a list
 * @token: for the user, or NULL
 * @open: authentication was asked for, and the cluster has it not enabled
 * @multi: of all calls but watches, for its connections
 */
struct sixpn_etcd {
	struct sixpn_store store;	/* first */
	struct sixpn_etcd_endpoint endpoints[SIXPN_ETCD_ENDPOINT_MAX];
	unsigned int endpoint_count;
	unsigned int current;
	unsigned int timeout_ms;
	bool tls;
	char *ca_file;
	char *cert_file;
	char *key_file;
	char *user;
	char *password;
	char *token;
	bool open;
	CURLM *multi;
};

/**
 * struct sixpn_etcd_exchange - a request to one endpoint
 * @body: borrowed
 * @sent: bytes of it that were handed to the connection
 * @stream: the answer has no end; nobody counts its bytes but who reads it
 * @failed: of reading the answer: -ENOMEM, -EMSGSIZE (too long), or 0
 * @why: libcurl's words
 */
struct sixpn_etcd_exchange {
	struct sixpn_etcd *etcd;
	unsigned int endpoint;
	CURL *easy;
	struct curl_slist *headers;
	const char *body;
	size_t length;
	size_t sent;
	bool stream;
	struct sixpn_etcd_text answer;
	int failed;
	char why[CURL_ERROR_SIZE];
};

/* What came of an exchange. */
enum sixpn_etcd_outcome {
	SIXPN_ETCD_ANSWERED,
	SIXPN_ETCD_REFUSED,	/* not done, and no other endpoint will do it */
	SIXPN_ETCD_TOKEN,	/* not done: the token is not (or no more) good */
	SIXPN_ETCD_NOT_DONE,	/* another endpoint, or this one later, may do it */
	SIXPN_ETCD_UNCLEAR,	/* perhaps done */
};

/**
 * struct sixpn_etcd_result - the same with reasons
 * @code: negative errno unless answered
 * @lasting: of NOT_DONE and UNCLEAR: time will not mend it
 * @answer: when answered; the reader's to free
 */
struct sixpn_etcd_result {
	enum sixpn_etcd_outcome outcome;
	int code;
	bool lasting;
	json_t *answer;
};

/**
 * struct sixpn_etcd_request - what is asked
 * @path: "/v3/..."
 * @body: JSON; NULL: there was no memory for it
 * @repeatable: to be done twice is to be done once
 * @no_token: none is needed
 */
struct sixpn_etcd_request {
	const char *path;
	char *body;
	size_t length;
	bool repeatable;
	bool no_token;
};

static inline struct sixpn_etcd *sixpn_etcd(struct sixpn_store *store)
{
	return (struct sixpn_etcd *)store;
}

/* --- store_etcd_request.c --- */

/* Each: the body of a request, to be freed; NULL if there is no memory. */

/**
 * sixpn_etcd_range_body() - keys from @from on
 * @prefix: all that begin with it; NULL: the key @from alone
 * @after: not @from itself
 * @limit: so many at the most; 0: all
 * @revision: as they were at that; 0: as they are
 */
char *sixpn_etcd_range_body(const char *from, const char *prefix, bool after,
			    unsigned int limit, uint64_t revision);

/* Whether the member answers by itself, with what it has. */
char *sixpn_etcd_probe_body(const char *prefix);

char *sixpn_etcd_txn_body(const struct sixpn_store_condition *conditions,
			  size_t condition_count,
			  const struct sixpn_store_change *changes,
			  size_t change_count);

char *sixpn_etcd_number_body(const char *name, uint64_t number);

/* Holds the password. NULL also if that is no UTF-8. */
char *sixpn_etcd_login_body(const char *user, const char *password);

/* @revision: 0: from now on. */
char *sixpn_etcd_watch_body(const char *prefix, uint64_t revision);

/* --- store_etcd_exchange.c --- */

int64_t sixpn_etcd_now(void);

/**
 * sixpn_etcd_exchange_start() - send a request
 * @exchange: all zero; sixpn_etcd_exchange_end() it, also after an error
 * @request: must stay until the end
 *
 * Return: 0, or -ENOMEM.
 */
int sixpn_etcd_exchange_start(struct sixpn_etcd_exchange *exchange,
			      struct sixpn_etcd *etcd, CURLM *multi,
			      unsigned int endpoint,
			      const struct sixpn_etcd_request *request,
			      bool stream);

/**
 * sixpn_etcd_exchange_judge() - what came of it
 * @result: set
 * @error: why it was not answered
 */
void sixpn_etcd_exchange_judge(struct sixpn_etcd_exchange *exchange,
			       CURLcode code, struct sixpn_etcd_result *result,
			       struct sixpn_error *error);

/* The same for one that is given up, for it takes too long. */
void sixpn_etcd_exchange_late(struct sixpn_etcd_exchange *exchange,
			      struct sixpn_etcd_result *result,
			      struct sixpn_error *error);

/* What etcd refused, also within a stream. @name: of the endpoint. */
void sixpn_etcd_refusal_judge(struct sixpn_etcd *etcd, const char *name,
			      const struct sixpn_etcd_refusal *refusal,
			      struct sixpn_etcd_result *result,
			      struct sixpn_error *error);

/* Break it off if it has not ended. Harmless when repeated. */
void sixpn_etcd_exchange_end(struct sixpn_etcd_exchange *exchange, CURLM *multi);

/* --- store_etcd_call.c --- */

/* Note that an endpoint has failed, or answered. */
void sixpn_etcd_put_off(struct sixpn_etcd *etcd, unsigned int endpoint);
void sixpn_etcd_endpoint_good(struct sixpn_etcd *etcd, unsigned int endpoint);

/* The next one to ask from @first on; the others wait longer. @at: until when. */
unsigned int sixpn_etcd_choose(const struct sixpn_etcd *etcd,
			       unsigned int first, int64_t *at);

/* A call that begins now ends then. */
int64_t sixpn_etcd_deadline(const struct sixpn_etcd *etcd);

/**
 * sixpn_etcd_call() - ask the cluster
 * @request: its body is freed
 * @answer: set on success; json_decref() it
 *
 * Return: 0, -ETIMEDOUT (may have been done), or another error (has not been).
 */
int sixpn_etcd_call(struct sixpn_etcd *etcd, int64_t deadline,
		    struct sixpn_etcd_request *request, json_t **answer,
		    struct sixpn_error *error);

/* Keep the token of an answer. Return: 0, -EPROTO, or -ENOMEM. */
int sixpn_etcd_keep_token(struct sixpn_etcd *etcd, const json_t *answer);

/* Free it, and leave nothing of it in memory. NULL is allowed. */
void sixpn_etcd_forget(char *secret);

/* --- store_etcd_watch.c --- */

int sixpn_etcd_watch_open(struct sixpn_store_watch **watch,
			  struct sixpn_store *store, const char *prefix,
			  uint64_t revision, struct sixpn_error *error);
int sixpn_etcd_watch_fd(const struct sixpn_store_watch *watch);
int sixpn_etcd_watch_read(struct sixpn_store_watch *watch,
			  sixpn_store_visit visit, void *data,
			  struct sixpn_error *error);
void sixpn_etcd_watch_close(struct sixpn_store_watch *watch);

#endif
