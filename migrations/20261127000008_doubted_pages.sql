-- migrate:up

-- Which files have pages to look at: few of many have any.
CREATE INDEX pages_doubted ON pages (file_id) WHERE text IS NOT NULL AND doubts <> '{}';

-- migrate:down

DROP INDEX pages_doubted;
