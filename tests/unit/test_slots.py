"""What may go on at once: a tenant, or an address, that has all its slots stops nobody else."""

from contextlib import suppress

import pytest

from functions.upload.authentication import Caller
from functions.upload.errors import ApiError
from functions.upload.slots import Limits, Slots
from lector.runtime.failures import TransientFailure


def caller(tenant: str, address: str) -> Caller:
    return Caller("token", tenant, frozenset(), address)


def slots(process: int = 0, tenant: int = 0, address: int = 0) -> Slots:
    return Slots("forms", lambda: Limits(process, tenant, address), retry_after_s=7)


def test_a_tenant_that_has_all_its_slots_is_refused_and_another_is_not() -> None:
    forms = slots(process=100, tenant=8)
    for n in range(8):
        forms.take(caller("greedy", f"10.0.0.{n}"))
    with pytest.raises(ApiError, match="this tenant has 8 forms already") as refused:
        forms.take(caller("greedy", "10.0.0.99"))
    problem = refused.value.problem
    assert (problem.status, problem.code) == (429, "too_many_at_once")
    assert problem.headers == {"Retry-After": "7"}
    forms.take(caller("good", "10.0.0.1"))
    assert forms.count() == 9


def test_an_address_that_has_all_its_slots_is_refused_whatever_its_tenant() -> None:
    forms = slots(address=2)
    forms.take(caller("one", "10.0.0.1"))
    forms.take(caller("another", "10.0.0.1"))
    with pytest.raises(ApiError, match="this address has 2 forms already"):
        forms.take(caller("a third", "10.0.0.1"))
    forms.take(caller("a third", "10.0.0.2"))


def test_when_the_process_has_no_slot_left_it_is_not_now_for_everybody() -> None:
    forms = slots(process=1)
    forms.take(caller("one", "10.0.0.1"))
    with pytest.raises(TransientFailure, match="too many forms already") as refused:
        forms.take(caller("another", "10.0.0.2"))
    assert refused.value.retry_after_s == 7


def test_without_a_limit_there_is_none() -> None:
    forms = slots()
    for _ in range(1000):
        forms.take(caller("one", "10.0.0.1"))
    assert forms.count() == 1000


def test_a_slot_is_free_again_however_its_block_ends() -> None:
    forms, one = slots(tenant=1), caller("one", "10.0.0.1")
    with suppress(ValueError), forms.taken(one):
        assert forms.count() == 1
        raise ValueError("surprise")
    assert forms.count() == 0
    with forms.taken(one):
        pass


def test_a_refusal_takes_no_slot() -> None:
    forms = slots(process=10, tenant=1)
    one = caller("one", "10.0.0.1")
    forms.take(one)
    with pytest.raises(ApiError):
        forms.take(one)
    forms.release(one)
    assert forms.count() == 0
    forms.take(one)
