-- migrate:up

-- Events that became true in the transaction that wrote them, until the relay has published them.
CREATE TABLE outbox (
    id            uuid PRIMARY KEY,
    position      bigint GENERATED ALWAYS AS IDENTITY,
    type          text NOT NULL,
    source        text NOT NULL,
    subject       text NOT NULL,
    data          jsonb NOT NULL,
    traceparent   text,
    tracestate    text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    published_at  timestamptz,
    -- The sink refused this very event: it is set aside so that the others pass.
    refusal       text
);

CREATE INDEX outbox_unpublished ON outbox (position) WHERE published_at IS NULL AND refusal IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;

-- A doorbell, not a message: the payload stays empty, and one statement rings once.
CREATE FUNCTION ring_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER outbox_written AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION ring_outbox();

-- migrate:down

DROP TABLE outbox;
DROP FUNCTION ring_outbox();
