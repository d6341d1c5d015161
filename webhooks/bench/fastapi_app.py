"""What Atlas is compared with: one find and one update for a status, no signature, no delivery kept."""

from __future__ import annotations

import os
from typing import Annotated, Any

from fastapi import FastAPI, Form, HTTPException
from pymongo import MongoClient

app = FastAPI()
calls = MongoClient[dict[str, Any]](os.environ["MONGO_URI"])[os.environ["MONGO_DB"]]["calls"]


@app.post("/twilio/status")
def status(CallSid: Annotated[str, Form()], CallStatus: Annotated[str, Form()]) -> dict[str, str]:
    call = calls.find_one({"twilio_sid": CallSid})
    if call is None:
        raise HTTPException(404)
    changes = {"$set": {"status": CallStatus}, "$push": {"status_history": {"status": CallStatus}}}
    calls.update_one({"_id": call["_id"]}, changes)
    return {"status": "ok"}
