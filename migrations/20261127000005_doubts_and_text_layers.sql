-- migrate:up

ALTER TABLE files
    -- What the document is, by its content; NULL until somebody has looked. Files of before are PDFs.
    ADD COLUMN media_type text,
    -- What a person wants done with the text that pages carry; NULL: as TEXT_LAYER says.
    ADD COLUMN text_layer text CHECK (text_layer IN ('auto', 'never', 'always')),
    -- Whether charts and pictures are to be described in words.
    ADD COLUMN describe boolean NOT NULL DEFAULT false;

ALTER TABLE pages
    -- The same as a person wants it for this page, when it is read once more; NULL: as the file.
    ADD COLUMN wanted_text_layer text CHECK (wanted_text_layer IN ('auto', 'never', 'always')),
    ADD COLUMN wanted_describe boolean NOT NULL DEFAULT false,
    -- The text that the page carries: an object beside the image. NULL: it carries none.
    ADD COLUMN layer_sha256 text,
    ADD COLUMN layer_verdict text CHECK (layer_verdict IN ('trusted', 'mixed', 'refused')),
    ADD COLUMN layer_reason text,
    -- Whether the page's text is taken from there, and no reader is asked.
    ADD COLUMN from_layer boolean NOT NULL DEFAULT false,
    -- What speaks against the image, and what speaks against the text: {code: sentence}.
    ADD COLUMN drawing_doubts jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN doubts jsonb NOT NULL DEFAULT '{}',
    DROP CONSTRAINT pages_provenance_check,
    ADD CONSTRAINT pages_provenance_check CHECK (provenance IN ('model', 'cache', 'blank', 'text_layer', 'mixed'));

ALTER TABLE page_versions ADD COLUMN doubts jsonb NOT NULL DEFAULT '{}';

-- What an answer took: a page that is read in pieces, in several deliveries, costs what all of them did.
ALTER TABLE readings
    ADD COLUMN cost_usd double precision,
    ADD COLUMN attempts integer;
ALTER TABLE finished_files ADD COLUMN pages_doubted integer NOT NULL DEFAULT 0;

GRANT INSERT (text_layer, describe), UPDATE (media_type) ON files TO lector_upload;
GRANT UPDATE (media_type) ON files TO lector_register;

GRANT UPDATE (wanted_text_layer, wanted_describe, from_layer, doubts) ON pages TO lector_upload;
GRANT SELECT (wanted_prompt, wanted_text_layer, wanted_describe, layer_sha256, layer_verdict, from_layer, doubts),
    INSERT (wanted_describe),
    UPDATE (wanted_text_layer, layer_sha256, layer_verdict, layer_reason, from_layer, drawing_doubts, doubts) ON pages TO lector_register;
GRANT SELECT (wanted_text_layer, wanted_describe, layer_sha256, layer_verdict, layer_reason, from_layer, drawing_doubts, doubts),
    UPDATE (doubts, from_layer, layer_sha256, layer_verdict, layer_reason) ON pages TO lector_llm;
GRANT SELECT (page_selection) ON files TO lector_render;
GRANT SELECT (doubts) ON pages TO lector_notify;

-- migrate:down

ALTER TABLE readings
    DROP COLUMN cost_usd,
    DROP COLUMN attempts;
ALTER TABLE finished_files DROP COLUMN pages_doubted;
ALTER TABLE page_versions DROP COLUMN doubts;
UPDATE page_versions SET provenance = 'model' WHERE provenance IN ('text_layer', 'mixed');
UPDATE pages SET provenance = 'model' WHERE provenance IN ('text_layer', 'mixed');
ALTER TABLE pages
    DROP COLUMN wanted_text_layer,
    DROP COLUMN wanted_describe,
    DROP COLUMN layer_sha256,
    DROP COLUMN layer_verdict,
    DROP COLUMN layer_reason,
    DROP COLUMN from_layer,
    DROP COLUMN drawing_doubts,
    DROP COLUMN doubts,
    DROP CONSTRAINT pages_provenance_check,
    ADD CONSTRAINT pages_provenance_check CHECK (provenance IN ('model', 'cache', 'blank'));
ALTER TABLE files
    DROP COLUMN media_type,
    DROP COLUMN text_layer,
    DROP COLUMN describe;
