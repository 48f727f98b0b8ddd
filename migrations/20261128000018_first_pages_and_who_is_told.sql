-- migrate:up

-- The first page is drawn while its file is opened, as its reader wants images.
GRANT SELECT (reader) ON files TO lector_render;

-- Whether anybody wants to be told: while nobody does, nobody is asked about each page.
GRANT SELECT (types, disabled_at) ON webhooks TO lector_bridge;

CREATE FUNCTION ring_webhooks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('webhooks', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER webhooks_changed AFTER INSERT OR DELETE OR UPDATE OF types, disabled_at ON webhooks
    FOR EACH STATEMENT EXECUTE FUNCTION ring_webhooks();

-- migrate:down

DROP TRIGGER webhooks_changed ON webhooks;
DROP FUNCTION ring_webhooks();
REVOKE SELECT (types, disabled_at) ON webhooks FROM lector_bridge;
REVOKE SELECT (reader) ON files FROM lector_render;
