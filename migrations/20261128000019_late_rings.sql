-- migrate:up

-- Nobody waits for `page.read` at once: the page is read already. Its ring says that it may wait for
-- others; a source of before takes it for any other. What wrote nothing, as a repetition, rings for
-- nobody.
CREATE OR REPLACE FUNCTION ring_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written WHERE type <> 'lector.page.read') THEN
        PERFORM pg_notify('outbox', '');
    ELSIF EXISTS (SELECT FROM written) THEN
        PERFORM pg_notify('outbox', 'later');
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER outbox_written ON outbox;
CREATE TRIGGER outbox_written AFTER INSERT ON outbox
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION ring_outbox();

-- migrate:down

DROP TRIGGER outbox_written ON outbox;

CREATE OR REPLACE FUNCTION ring_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER outbox_written AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION ring_outbox();
