-- migrate:up

-- Nobody has looked for the text that the page carries, as nobody wanted it. What knows nothing of it,
-- such as a function of before, sees a page that carries none.
ALTER TABLE pages ADD COLUMN text_unsought boolean NOT NULL DEFAULT false;
GRANT SELECT (text_unsought) ON pages TO lector_upload, lector_register, lector_llm;
GRANT UPDATE (text_unsought) ON pages TO lector_register, lector_llm;

-- migrate:down

ALTER TABLE pages DROP COLUMN text_unsought;
