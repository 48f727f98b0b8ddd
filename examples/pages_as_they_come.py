"""Show pages as they are read, several documents at once."""

import asyncio
import sys

from lector import AsyncLector


async def show(lector: AsyncLector, path: str) -> None:
    """Each page of a document, as soon as it is finished."""
    async with await lector.read(path) as document:
        async for page in document:
            print(f"{document.name}, page {page.number}: {page.text or page.error}")


async def main() -> None:
    """All documents that were named."""
    async with AsyncLector() as lector, asyncio.TaskGroup() as tasks:
        for path in sys.argv[1:]:
            tasks.create_task(show(lector, path))


asyncio.run(main())
