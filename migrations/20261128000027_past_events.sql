-- migrate:up

-- Whoever looks at what happened is told how long each event waited in the outbox.
GRANT SELECT (published_at) ON outbox TO lector_upload;

-- migrate:down

REVOKE SELECT (published_at) ON outbox FROM lector_upload;
