"""A papermill engine: each notebook in a fresh warm kernel, without the fixed waits of the usual start and stop."""

import sys
import time
from queue import Empty
from typing import Any

from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpec
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine
from papermill.log import logger
from traitlets import Type

from bscbdata.build.kernels.provisioner import WarmProvisioner

# this Python's own kernel: to be told so, jupyter_client would import the whole kernel, with its debugger
OWN = KernelSpec(
    argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    display_name="Python 3",
    language="python",
)


class NotReady(RuntimeError):
    """A kernel ended before its first cell; most often another program took a port that was free when it was chosen."""


class QuickClient(AsyncKernelClient):
    """Ready when its own question has both its answer and its 'idle': the usual promise without two silences of 0.2 s."""

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        deadline = time.monotonic() + (timeout if timeout is not None else float("inf"))
        while not await self._answered():
            if not await self._async_is_alive():
                raise NotReady("The kernel died before it was ready.")
            if time.monotonic() > deadline:
                raise RuntimeError(f"The kernel was not ready within {timeout} seconds.")

    wait_for_ready = _async_wait_for_ready

    async def _answered(self) -> bool:
        """Whether one question was answered on both channels within a second; asked again it costs nothing."""
        asked, until = self.kernel_info(), time.monotonic() + 1
        try:
            while True:
                reply = await self._async_get_shell_msg(timeout=until - time.monotonic())
                if reply["parent_header"].get("msg_id") == asked:
                    break
            self._handle_kernel_info_reply(reply)
            while True:
                told = await self._async_get_iopub_msg(timeout=min(0.1, max(0.0, until - time.monotonic())))
                if (
                    told["parent_header"].get("msg_id") == asked
                    and told["content"].get("execution_state") == "idle"
                ):
                    return True
        except Empty:
            return False


class WarmManager(AsyncKernelManager):
    """A kernel manager that forks its kernels and looks every 5 ms whether they have ended."""

    client_class = "bscbdata.build.kernels.engine.QuickClient"
    client_factory = Type(QuickClient)

    @property
    def kernel_spec(self) -> KernelSpec | None:
        return OWN if self.kernel_name == NATIVE_KERNEL_NAME else super().kernel_spec

    async def _async_pre_start_kernel(self, **kwargs: Any):
        if self.provisioner is None:
            self.provisioner = WarmProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**kwargs)

    pre_start_kernel = _async_pre_start_kernel

    async def _async_finish_shutdown(self, waittime=None, pollinterval=0.1, restart=False) -> None:
        await super()._async_finish_shutdown(waittime, 0.005, restart)

    finish_shutdown = _async_finish_shutdown


class WarmClient(PapermillNotebookClient):
    """papermill's notebook client on warm kernels."""

    kernel_manager_class = Type(config=True, default_value=WarmManager, klass=AsyncKernelManager)


class WarmEngine(NBClientEngine):
    """`papermill --engine bscb-warm`. `environment` adds to what the kernel inherits."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man,
        kernel_name,
        log_output=False,
        stdout_file=None,
        stderr_file=None,
        start_timeout=60,
        execution_timeout=None,
        environment=None,
        folder=None,
        **kwargs,
    ):
        """Execute the notebook; the arguments are those of papermill's own engine, and the folder to run in."""
        known = {
            name: value
            for name, value in kwargs.items()
            if name not in ("input_path", "timeout", "startup_timeout")
        }
        started_in = {"env": environment, "cwd": str(folder) if folder else None}
        started_in = {name: value for name, value in started_in.items() if value}

        def execute():
            return WarmClient(
                nb_man,
                timeout=execution_timeout or kwargs.get("timeout"),
                startup_timeout=start_timeout,
                kernel_name=kernel_name,
                log=logger,
                log_output=log_output,
                stdout_file=stdout_file,
                stderr_file=stderr_file,
                **known,
            ).execute(**started_in)

        try:
            return execute()
        except NotReady:  # no cell has run: another kernel, on other ports, does no harm
            return execute()
