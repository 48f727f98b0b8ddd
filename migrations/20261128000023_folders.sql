-- migrate:up

-- Where a file was, for whoever uploaded it: names of folders, parted by slashes. In bytes, not in the order of a
-- language, so that a folder with all below it is one piece of the index.
ALTER TABLE files ADD COLUMN folder text COLLATE "C";
GRANT INSERT (folder) ON files TO lector_upload;

-- Whoever writes waits while this is made: see docs/operations.md for how to make it before, beside those who
-- write. IF NOT EXISTS is for that.
CREATE INDEX IF NOT EXISTS files_by_folder ON files (tenant, folder) WHERE folder IS NOT NULL;

-- How many files of all are in a folder, in those below it, and in few between them, as PostgreSQL guesses. What
-- follows a slash is 0.
CREATE FUNCTION estimate_folder(path text) RETURNS TABLE (matches float8, files float8)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM public.files WHERE folder >= %L AND folder < %L', path, path || '0') INTO plan;
    RETURN QUERY
    SELECT (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8, greatest(0, reltuples)::float8
    FROM pg_class WHERE oid = 'public.files'::regclass;
END
$$;
REVOKE ALL ON FUNCTION estimate_folder(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION estimate_folder(text) TO lector_upload;

-- migrate:down

DROP FUNCTION estimate_folder(text);
DROP INDEX files_by_folder;
ALTER TABLE files DROP COLUMN folder;
