"""Many threads in one warm function: none is in another's way."""

from concurrent.futures import ThreadPoolExecutor

from lector import events
from support.called import Functions
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
