-- name: file_to_open
-- No row: the file is opened, cancelled or deleted, or belongs to another generation by now.
SELECT sha256, page_selection, reader
FROM files
WHERE id = %(file_id)s AND generation = %(generation)s AND status = 'uploaded';

-- name: pages_read
-- Those among some whose text is there, in whichever generation they were read; none if the file is gone, or
-- was begun anew.
SELECT number
FROM pages
JOIN files ON files.id = file_id
WHERE file_id = %(file_id)s AND files.generation = %(generation)s AND pages.status = 'read'
  AND number = ANY (%(numbers)s::integer[])
ORDER BY number;

-- name: is_deleted
-- A tombstone: somebody deleted the file, and its objects are not surely gone. It never lives again.
SELECT EXISTS (SELECT FROM files WHERE id = %(file_id)s AND status = 'deleted') AS deleted;
