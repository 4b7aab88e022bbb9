"""Work side by side gives what work in turn gives."""

import threading

import pytest

from bscbdata.beside import side_by_side


@pytest.mark.parametrize("cores", ["1", "3"])
def test_results_come_in_the_order_of_the_items_and_a_failure_at_its_place(cores, monkeypatch):
    monkeypatch.setenv("BSCB_CORES", cores)
    told = []
    for future in side_by_side(lambda number: 6 // number, [3, 0, 1]):
        try:
            told.append(future.result())
        except ZeroDivisionError:
            told.append("failed")
    assert told == [2, "failed", 6]


def test_as_many_are_at_work_as_there_are_cores(monkeypatch):
    monkeypatch.setenv("BSCB_CORES", "2")
    both = threading.Barrier(2, timeout=20)  # passed only when two are at work
    assert [future.result() for future in side_by_side(lambda item: both.wait() >= 0, "ab")] == [True, True]


def test_what_waits_is_given_up_when_nobody_wants_it(monkeypatch):
    monkeypatch.setenv("BSCB_CORES", "1")
    done, first_is_read = [], threading.Event()

    def work(number):
        done.append(number)
        return number if number == 0 else first_is_read.wait(20)

    coming = side_by_side(work, range(10))
    assert next(coming).result() == 0
    threading.Timer(0.2, first_is_read.set).start()
    coming.close()
    assert len(done) < 10
