-- migrate:up

-- It may be there: for a while the migration of budgets made it.
-- What a delivery has reserved is given back, unless another took its place, and what it spent counted.
CREATE OR REPLACE FUNCTION settle_reservation(page_id uuid, file_id uuid, delivery uuid, spent_usd double precision)
    RETURNS void LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    WITH released AS (
        DELETE FROM public.reservations AS made
        WHERE made.page_id = settle_reservation.page_id AND made.delivery = settle_reservation.delivery
        RETURNING day, usd
    ), of_day AS (
        SELECT coalesce((SELECT day FROM released), (now() AT TIME ZONE 'utc')::date) AS day
    ), scopes AS (
        SELECT 'file ' || id AS scope, date '-infinity' AS day FROM public.files WHERE id = settle_reservation.file_id
        UNION ALL
        SELECT 'token ' || token_id, of_day.day FROM public.files, of_day WHERE id = settle_reservation.file_id AND token_id IS NOT NULL
        UNION ALL
        SELECT 'tenant ' || tenant, of_day.day FROM public.files, of_day WHERE id = settle_reservation.file_id
        UNION ALL
        SELECT 'lector', day FROM of_day
    )
    INSERT INTO public.budgets AS budget (scope, day, spent_usd, reserved_usd)
    SELECT scope, day, settle_reservation.spent_usd, - coalesce((SELECT usd FROM released), 0)
    FROM scopes
    WHERE settle_reservation.spent_usd > 0 OR EXISTS (SELECT FROM released)
    ORDER BY scope
    ON CONFLICT (scope, day) DO UPDATE
    SET spent_usd = budget.spent_usd + excluded.spent_usd, reserved_usd = budget.reserved_usd + excluded.reserved_usd
$$;
-- contract: nobody has called it but llm, which gets the right.
REVOKE ALL ON FUNCTION settle_reservation(uuid, uuid, uuid, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settle_reservation(uuid, uuid, uuid, double precision) TO lector_llm;

-- migrate:down

DROP FUNCTION settle_reservation;
