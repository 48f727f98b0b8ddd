-- migrate:up

-- person: somebody wrote the text, or looked at the page and said that it is right.
ALTER TABLE pages
    DROP CONSTRAINT pages_provenance_check,
    ADD CONSTRAINT pages_provenance_check CHECK (provenance IN ('model', 'cache', 'blank', 'text_layer', 'mixed', 'person'));

-- How much speaks against a text: which page a person looks at first. The gravest are numbers that
-- differ and text that is missing or made up; what only may be wrong weighs less. A code that is not
-- known here weighs 1. How far two readers agree, 0 to 1, and how sure one is, 0 to 100, add up to 10.
CREATE FUNCTION doubt_weight(doubts jsonb, verification jsonb, confidence double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce((
        SELECT sum(CASE code
            WHEN 'numbers_differ' THEN 40
            WHEN 'nothing_found' THEN 40
            WHEN 'words_missing' THEN 30
            WHEN 'words_invented' THEN 30
            WHEN 'readers_disagree' THEN 30
            WHEN 'print_not_read' THEN 25
            WHEN 'damaged_content' THEN 25
            WHEN 'answers_refused' THEN 25
            WHEN 'differs_from_layer' THEN 20
            WHEN 'layer_not_trusted' THEN 20
            WHEN 'parts_illegible' THEN 15
            WHEN 'pictures_not_read' THEN 15
            WHEN 'language_not_available' THEN 15
            WHEN 'low_confidence' THEN 10
            WHEN 'drawn_too_coarsely' THEN 10
            ELSE 1
        END)
        FROM jsonb_object_keys(CASE WHEN jsonb_typeof(doubts) = 'object' THEN doubts ELSE '{}' END) AS code
    ), 0)::double precision
    + CASE WHEN jsonb_typeof(verification -> 'agreement') = 'number'
           THEN 10 * (1 - least(1, greatest(0, (verification ->> 'agreement')::double precision))) ELSE 0 END
    + CASE WHEN confidence BETWEEN 0 AND 100 THEN (100 - confidence) / 10 ELSE 0 END
$$;

CREATE INDEX pages_to_check ON pages (doubt_weight(doubts, verification, confidence) DESC, id DESC)
    WHERE text IS NOT NULL AND doubts <> '{}' AND status = 'read';

-- Which pages of a file a person has corrected: few of many.
CREATE INDEX pages_corrected ON pages (file_id, number) WHERE provenance = 'person';

-- Bounded are all texts but a person's: those of mixed pages were left out.
CREATE OR REPLACE FUNCTION drop_old_page_versions() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM public.page_versions
    WHERE page_id = NEW.page_id AND version IN (
        SELECT version
        FROM public.page_versions
        WHERE page_id = NEW.page_id
          AND provenance <> 'person'
          AND version <> NEW.version
          AND version <> (SELECT version FROM public.pages WHERE id = NEW.page_id)
        ORDER BY version DESC
        OFFSET greatest(coalesce(nullif(current_setting('page_versions.kept', true), '')::integer, 20) - 1, 0)
    );
    RETURN NULL;
END
$$;

GRANT UPDATE (versions) ON pages TO lector_upload;

-- migrate:down

CREATE OR REPLACE FUNCTION drop_old_page_versions() RETURNS trigger LANGUAGE plpgsql
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
REVOKE UPDATE (versions) ON pages FROM lector_upload;
DROP INDEX pages_corrected;
DROP INDEX pages_to_check;
DROP FUNCTION doubt_weight(jsonb, jsonb, double precision);
UPDATE page_versions SET provenance = 'model' WHERE provenance = 'person';
UPDATE pages SET provenance = 'model' WHERE provenance = 'person';
ALTER TABLE pages
    DROP CONSTRAINT pages_provenance_check,
    ADD CONSTRAINT pages_provenance_check CHECK (provenance IN ('model', 'cache', 'blank', 'text_layer', 'mixed'));
