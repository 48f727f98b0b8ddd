-- migrate:up

-- Whoever writes waits while these are made: see docs/operations.md for how to make them before, beside
-- those who write. IF NOT EXISTS is for that.

-- Whether a file has a page to look at, so that an index can tell.
ALTER TABLE files ADD COLUMN IF NOT EXISTS doubted boolean NOT NULL DEFAULT false;

-- Whoever changes a page's text or doubts has locked its file.
CREATE FUNCTION note_doubted_file() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changed CONSTANT uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.file_id ELSE NEW.file_id END;
    now_doubted CONSTANT boolean := EXISTS (
        SELECT FROM public.pages WHERE file_id = changed AND text IS NOT NULL AND doubts <> '{}'
    );
BEGIN
    UPDATE public.files SET doubted = now_doubted WHERE id = changed AND doubted <> now_doubted;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION note_doubted_file() FROM PUBLIC;

-- Most pages are in no doubt, before and after: for them no function is called.
CREATE TRIGGER pages_doubted_at_first AFTER INSERT ON pages FOR EACH ROW
    WHEN (NEW.text IS NOT NULL AND NEW.doubts <> '{}')
    EXECUTE FUNCTION note_doubted_file();
CREATE TRIGGER pages_doubted_changed AFTER UPDATE OF text, doubts ON pages FOR EACH ROW
    WHEN ((OLD.text IS NOT NULL AND OLD.doubts <> '{}') <> (NEW.text IS NOT NULL AND NEW.doubts <> '{}'))
    EXECUTE FUNCTION note_doubted_file();
CREATE TRIGGER pages_doubted_gone AFTER DELETE ON pages FOR EACH ROW
    WHEN (OLD.text IS NOT NULL AND OLD.doubts <> '{}')
    EXECUTE FUNCTION note_doubted_file();

UPDATE files
SET doubted = true
WHERE id IN (SELECT file_id FROM pages WHERE text IS NOT NULL AND doubts <> '{}');

-- A list of files is put together from one for each state, with and without pages to look at. There are no
-- NULLs: where they would stand says that this index is meant, not that of the primary key, which has an
-- order of the same ids, and all other files between them.
CREATE INDEX IF NOT EXISTS files_listed ON files (tenant, status, doubted, id DESC NULLS LAST);
CREATE INDEX IF NOT EXISTS files_listed_by_name ON files (tenant, status, doubted, lower(name), id);
CREATE INDEX IF NOT EXISTS files_listed_by_size ON files (tenant, status, doubted, size_bytes, id);
DROP INDEX files_of_status;
DROP INDEX files_by_name;
DROP INDEX files_by_size;

-- Each two characters of a name that follow one another: whoever looks for a part of a name looks for
-- names with all pairs of that part.
CREATE OR REPLACE FUNCTION name_pairs(name text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(substr(lowered, place, 2)), '{}')
    FROM (SELECT lower(name) AS lowered) AS folded, generate_series(1, length(lowered) - 1) AS place
$$;
-- What is written is sorted in soon, as each search reads all that is not.
CREATE INDEX IF NOT EXISTS files_by_part_of_name ON files USING gin (name_pairs(name)) WITH (gin_pending_list_limit = 256);

-- How many files of all have a name like this, as PostgreSQL guesses from a sample of names.
ALTER TABLE files ALTER COLUMN name SET STATISTICS 1000;
CREATE FUNCTION estimate_names(pattern text) RETURNS TABLE (matches float8, files float8)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM public.files WHERE name ILIKE %L', pattern) INTO plan;
    RETURN QUERY
    SELECT (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8, greatest(0, reltuples)::float8
    FROM pg_class WHERE oid = 'public.files'::regclass;
END
$$;
REVOKE ALL ON FUNCTION estimate_names(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION estimate_names(text) TO lector_upload;

-- migrate:down

DROP FUNCTION estimate_names(text);
ALTER TABLE files ALTER COLUMN name SET STATISTICS DEFAULT;
DROP INDEX files_by_part_of_name;
DROP FUNCTION name_pairs(text);
CREATE INDEX files_by_size ON files (tenant, size_bytes, id);
CREATE INDEX files_by_name ON files (tenant, lower(name), id);
CREATE INDEX files_of_status ON files (tenant, status, id);
DROP INDEX files_listed_by_size;
DROP INDEX files_listed_by_name;
DROP INDEX files_listed;
DROP TRIGGER pages_doubted_gone ON pages;
DROP TRIGGER pages_doubted_changed ON pages;
DROP TRIGGER pages_doubted_at_first ON pages;
DROP FUNCTION note_doubted_file();
ALTER TABLE files DROP COLUMN doubted;
