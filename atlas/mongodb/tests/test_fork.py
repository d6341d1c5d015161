import multiprocessing
import os

import pytest
from django.db import connection

from atlas.mongodb.tests.conftest import MakeLetter
from atlas.mongodb.tests.models import Letter

if not hasattr(os, "fork"):
    pytest.skip("needs fork", allow_module_level=True)


def write_from_child(parents_client: int) -> None:
    """Exits with 1 and a traceback if PyMongo warns about a client from before the fork."""
    assert Letter.objects.update(status="forked") == 1
    assert id(connection.connection) != parents_client


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_process_has_a_client_of_its_own(make_letter: MakeLetter) -> None:
    make_letter()
    client = connection.connection
    child = multiprocessing.get_context("fork").Process(target=write_from_child, args=(id(client),))

    child.start()
    child.join()

    assert child.exitcode == 0
    assert connection.connection is client
    assert Letter.objects.get().status == "forked"
