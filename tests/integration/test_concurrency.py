"""Many threads in one warm function, and parts that restart under it."""

import time
from concurrent.futures import ThreadPoolExecutor

from lector import events
from lector.local.process import wait_ready
from support.called import Functions
from support.model import ScriptedModel, completion
from support.parts import Parts
from support.pdfs import text_pdf
from support.world import World


def test_more_files_at_once_than_are_cached_are_all_rendered(functions: Functions) -> None:
    worlds = [
        World.with_file(functions, text_pdf([f"file {n} " + "dense " * 400] * 8)) for n in range(8)
    ]
    sent = [events.to_http(world.requested()[0]) for world in worlds] * 3

    def rendered(request: tuple[dict[str, str], bytes]) -> int:
        headers, body = request
        client = functions.apps["render"].test_client()
        answer = client.post("/", headers=headers, data=body)
        reply = events.from_request(dict(answer.headers), answer.get_data())
        return sum(page.HasField("image") for page in reply.data.pages)

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(rendered, sent)) == [8] * len(sent)


def test_an_answer_that_is_paid_for_survives_a_restart_of_the_database(
    functions: Functions, services: Parts, model: ScriptedModel
) -> None:
    [page] = World.with_pages(functions, 1).registered()
    postgres = services.children["postgres"]
    model.script.append(completion("paid for", delay_s=0.5))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(functions.call, "llm", page)
        while not model.requests:
            time.sleep(0.01)
        postgres.kill()
        time.sleep(1)
        postgres.start()
        wait_ready(postgres, services.embedded.postgres.ready)
        assert answer.result().status_code == 204
    assert len(model.requests) == 1
