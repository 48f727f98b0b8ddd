-- migrate:up

DO $$
BEGIN
    CREATE ROLE lector_notify NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

-- Whom programs outside have told us to tell. The secret must be kept as it is: it signs.
CREATE TABLE webhooks (
    id               uuid PRIMARY KEY DEFAULT uuidv7(),
    tenant           text NOT NULL,
    url              text NOT NULL,
    secret           text NOT NULL,
    -- CloudEvents types; empty: all that may be told.
    types            text[] NOT NULL DEFAULT '{}',
    created_at       timestamptz NOT NULL DEFAULT now(),
    -- Since when every delivery has failed; NULL while it works.
    failing_since    timestamptz,
    disabled_at      timestamptz,
    disabled_reason  text
);

CREATE INDEX webhooks_of_tenant ON webhooks (tenant, id);

-- What was sent where, and what came of it. `destination` is a webhook's id, or telegram.
CREATE TABLE notifications (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant       text NOT NULL,
    destination  text NOT NULL,
    event_id     text NOT NULL,
    type         text NOT NULL,
    sent_at      timestamptz NOT NULL DEFAULT now(),
    took_s       double precision NOT NULL,
    delivered    boolean NOT NULL,
    -- An HTTP status, or a few words.
    outcome      text NOT NULL
);

CREATE INDEX notifications_of_destination ON notifications (destination, id);
CREATE INDEX notifications_age ON notifications (sent_at);
CREATE UNIQUE INDEX notifications_delivered ON notifications (destination, event_id) WHERE delivered;

-- Files that have finished and of which people will be told together.
CREATE TABLE finished_files (
    file_id       uuid NOT NULL,
    generation    integer NOT NULL,
    tenant        text NOT NULL,
    name          text NOT NULL,
    status        text NOT NULL,
    pages_read    integer NOT NULL,
    pages_failed  integer NOT NULL,
    reason        text,
    noted_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (file_id, generation)
);

GRANT SELECT (id, tenant, name, status, generation, error) ON files TO lector_notify;
GRANT SELECT (file_id, status, error) ON pages TO lector_notify;
GRANT INSERT (id, type, source, subject, data, traceparent, tracestate), SELECT (id) ON outbox TO lector_notify;
GRANT SELECT, UPDATE (failing_since, disabled_at, disabled_reason) ON webhooks TO lector_notify;
GRANT SELECT, INSERT, DELETE ON notifications TO lector_notify;
GRANT SELECT, INSERT, DELETE ON finished_files TO lector_notify;

GRANT SELECT (id, tenant, url, types, created_at, failing_since, disabled_at, disabled_reason),
    INSERT (tenant, url, secret, types), DELETE, UPDATE (failing_since, disabled_at, disabled_reason)
    ON webhooks TO lector_upload;
GRANT SELECT ON notifications TO lector_upload;

GRANT SELECT (tenant, noted_at) ON finished_files TO lector_bridge;
GRANT SELECT (tenant) ON files TO lector_bridge;

-- migrate:down

REVOKE SELECT (tenant) ON files FROM lector_bridge;
DROP TABLE finished_files;
DROP TABLE notifications;
DROP TABLE webhooks;
DO $$
BEGIN
    DROP OWNED BY lector_notify;
    DROP ROLE lector_notify;
EXCEPTION WHEN dependent_objects_still_exist THEN
    NULL;
END
$$;
