"""What the mock is measured against: a Starlette route that parses the body with `json` and answers 1.5 KB of JSON."""

import json
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ANSWER = {"items": [{"id": f"{number:036}", "status": "SCHEDULED"} for number in range(21)]}


async def create(request: Request) -> Response:
    json.loads(await request.body())
    return JSONResponse(ANSWER, 201)


app = Starlette(routes=[Route("/interviews", create, methods=["POST"])])

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="error", access_log=False, http="httptools", loop="uvloop")
