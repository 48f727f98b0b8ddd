-- migrate:up

-- Of the texts that a page had, the newest 20 that were read by a machine stay; those that a person
-- wrote all do. Another number: ALTER DATABASE … SET page_versions.kept = '50'.
-- Deferred, because whoever restores an old version first keeps the present one in the same
-- transaction: which one the page shows is known at its end.
CREATE FUNCTION drop_old_page_versions() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM public.page_versions
    WHERE page_id = NEW.page_id AND version IN (
        SELECT version
        FROM public.page_versions
        WHERE page_id = NEW.page_id
          AND provenance IN ('model', 'cache', 'blank', 'text_layer')
          AND version <> NEW.version
          AND version <> (SELECT version FROM public.pages WHERE id = NEW.page_id)
        ORDER BY version DESC
        OFFSET greatest(coalesce(nullif(current_setting('page_versions.kept', true), '')::integer, 20) - 1, 0)
    );
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION drop_old_page_versions() FROM PUBLIC;

CREATE CONSTRAINT TRIGGER page_version_kept AFTER INSERT ON page_versions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION drop_old_page_versions();

DELETE FROM page_versions
USING (
    SELECT page_id, version, row_number() OVER (PARTITION BY page_id ORDER BY version DESC) AS place
    FROM page_versions
) AS ranked
WHERE page_versions.page_id = ranked.page_id AND page_versions.version = ranked.version AND place > 20
  AND provenance IN ('model', 'cache', 'blank', 'text_layer');

-- For the purge of rows that the sink refused for good.
CREATE INDEX outbox_refused ON outbox (created_at) WHERE refusal IS NOT NULL;

-- migrate:down

DROP INDEX outbox_refused;
DROP TRIGGER page_version_kept ON page_versions;
DROP FUNCTION drop_old_page_versions();
