"""`lector doctor` beside a Lector that runs."""

import json

from tests.acceptance.commandline import Up, lector


def test_a_lector_that_runs_is_found_well(lector_that_reads: Up) -> None:
    done = lector("doctor", "--json", data=lector_that_reads.data)
    found = {one["what"]: one for one in json.loads(done.out)["findings"]}
    assert found["lector"]["state"] == "ok"
    assert "all of it answers" in found["lector"]["found"]
    assert lector_that_reads.url in found["lector"]["found"]


def test_a_client_asks_the_lector_elsewhere_alone(lector_that_reads: Up) -> None:
    done = lector("doctor", "--server", lector_that_reads.url, data=lector_that_reads.data)
    assert done.code == 0
    assert f"{lector_that_reads.url} answers" in done.out
    assert "clock\tok\t" in done.out
    assert "postgres" not in done.out
