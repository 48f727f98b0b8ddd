-- migrate:up

-- Whoever writes a text may say its language, which is found before, outside of the transaction that holds
-- the file's row; where none is said (by a version of before, say), it is found here. Of a language that
-- changes without its text, the words for the search are made anew.
CREATE OR REPLACE FUNCTION make_page_searchable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.search_language IS NULL OR NEW.search_language IS NOT DISTINCT FROM OLD.search_language THEN
        NEW.search_language := search_language(NEW.text, (SELECT language FROM files WHERE id = NEW.file_id));
    END IF;
    NEW.search := to_tsvector(NEW.search_language::regconfig, left(NEW.text, 200000));
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER page_text_written BEFORE UPDATE OF text, search_language ON pages
    FOR EACH ROW WHEN (NEW.text IS DISTINCT FROM OLD.text OR NEW.search_language IS DISTINCT FROM OLD.search_language)
    EXECUTE FUNCTION make_page_searchable();

GRANT SELECT (search_language), UPDATE (search_language) ON pages TO lector_llm;

-- migrate:down

REVOKE SELECT (search_language), UPDATE (search_language) ON pages FROM lector_llm;
CREATE OR REPLACE TRIGGER page_text_written BEFORE UPDATE OF text ON pages
    FOR EACH ROW WHEN (NEW.text IS DISTINCT FROM OLD.text) EXECUTE FUNCTION make_page_searchable();
CREATE OR REPLACE FUNCTION make_page_searchable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_language := search_language(NEW.text, (SELECT language FROM files WHERE id = NEW.file_id));
    NEW.search := to_tsvector(NEW.search_language::regconfig, left(NEW.text, 200000));
    RETURN NEW;
END
$$;
