"""Runs the commands of one page, in their order and in one shell, and compares what they print with the page.

* A block of `console` has commands behind `$ `, and below each what it prints. A line that is only `…` stands for any.
* A command with `curl -N`, and `ssehub log follow`, goes on beside the others; a block of `text` is what it prints next.
* `ssehub` with options is the server, and takes the place of the one before. There is one from the start, without any,
  unless the shell is elsewhere: the arguments behind the page start that one, and its commands stand behind `# `.
  What else `make` does is tested elsewhere.
* A block of `log` is what the server logs, perhaps after something else.
* A block below a line that ends with a file's name in backticks and a colon is what is in that file.
* A block below a comment that begins with `not run` is left out; the comment says why.

Each page has ports of its own, and its own `/etc/ssehub` and `/var/lib/ssehub`.

Positions, times, keys and the like are others each time, but one that the page names again must be the same one again.
"""

import os
import random
import re
import selectors
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time

# What is another one each time.
FLEETING = re.compile(
    r"\b1[0-9]{12}-[0-9]+|\b1[0-9]{12}\b|\b1[0-9]{9}\b|ssehub_[\w-]{43}|\b[0-9a-f]{64}\b|\beyJ[\w.-]+"
    r"|\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
)
# What is by chance, and never named again.
CHANCE = {r"retry: \d+": "retry: ", r'"[0-9a-f]{16}"': '"', r"seconds=[0-9.]+": "seconds="}
VARIABLE = re.compile("|".join([f"(?P<fleeting>{FLEETING.pattern})", *CHANCE]))
# What pages keep credentials in.
VARIABLES = "KEY TOKEN publisher browser watcher"
PATIENCE_SECONDS = 120
# Where the pages have the server listen.
PORTS = ("8080", "9101")
# What belongs to the machine, and is the page's own.
FOLDERS = ("/etc/ssehub", "/var/lib/ssehub")


class Page:
    def __init__(self, binary, path, *shell):
        self.binary = binary
        self.elsewhere = shell
        self.name = os.path.basename(path)
        with open(path, encoding="utf-8") as file:
            self.blocks = list(blocks(file.read()))
        self.known = {}
        self.checks = 0
        self.failures = 0
        self.server = self.stream = None
        self.started = []

    def run(self, folder):
        self.folder = folder
        os.mkdir(os.path.join(folder, "bin"))
        for place in FOLDERS:
            os.makedirs(folder + place)
        os.symlink(self.binary, os.path.join(folder, "bin", "ssehub"))
        environment = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": folder, "LC_ALL": "C.UTF-8"}
        self.environment = environment
        with open(os.path.join(folder, ".curlrc"), "w", encoding="utf-8") as file:
            file.write('silent\nshow-error\nnoproxy = "*"\nmax-time = 300\n')
        self.ports = {port: port if self.elsewhere else free_port() for port in PORTS}
        self.shell = Process(self.elsewhere or ["bash", "--norc"], self, stdin=subprocess.PIPE)
        try:
            if not self.elsewhere:
                self.serve("ssehub")
            for kind, lines, above in self.blocks:
                self.block(kind, lines, above)
        finally:
            for process in self.started:
                process.kill()
        print(f"{self.name}: {self.checks} passed, {self.failures} failed")
        return self.failures == 0

    def block(self, kind, lines, above):
        if above.startswith("<!-- not run"):
            return
        saved = re.search(r"`([\w./-]+)`:$", above)
        if kind == "console":
            for command, expected in commands(lines):
                self.command(command, expected)
        elif kind == "text":
            self.check(self.stream.command, lines, self.stream.expect(self.pattern(lines)))
        elif kind == "log":
            self.check("the log", lines, self.server.expect(self.pattern(["…", *lines])))
        elif saved:
            with open(os.path.join(self.folder, saved[1].lstrip("/")), "w", encoding="utf-8") as file:
                file.write(self.here("\n".join(lines)) + "\n")

    def command(self, command, expected):
        here = self.translate(command)
        if re.match(r"make run$|(\w+=\S+ )*ssehub( --|$)", command) and "--help" not in command:
            return self.serve(here.replace("make run", "ssehub"), expected)
        if command.startswith("make "):
            return
        if re.search(r"\bcurl\b.* -\w*N|^ssehub log follow", command) and "|" not in command:
            # In a shell's place, so that it ends when it is told to; with what the other shell knows.
            variables = self.ask_shell(f"declare -p {VARIABLES} 2>/dev/null")
            self.stream = Process(["bash", "-c", f"{variables}exec {here}"], self, command=command)
            return self.check(command, expected, self.stream.expect(self.pattern(expected)))
        printed = self.ask_shell(here)
        self.check(command, expected, (self.pattern(expected).fullmatch(printed), printed))

    def serve(self, command, expected=()):
        """Starts a server at the page's port."""
        if self.server:
            self.server.stop()
        words = shlex.split(command.replace("\\\n", "").replace("0.0.0.0", "127.0.0.1"))
        if "--listen" not in words:
            words += ["--listen", f"127.0.0.1:{self.ports[PORTS[0]]}"]
        self.server = Process(["env", *words], self, command=command)
        if not expected:
            expected = ["…", "… listening on …"]
        self.check(command, expected, self.server.expect(self.pattern(expected)))

    def ask_shell(self, command):
        """What a command in the shell prints."""
        end = f"end-of-command-{time.monotonic_ns()}"
        self.shell.write(f"{command}\necho; echo {end}\n")
        found, text = self.shell.expect(re.compile(rf"(?P<printed>.*?)\n?{end}\n", re.S))
        printed = (found["printed"] if found else text).rstrip("\n")
        return f"{printed}\n" if printed else ""

    def translate(self, command):
        """The command with this run's port, positions and so on."""
        return FLEETING.sub(lambda it: self.known.get(it[0], it[0]), self.here(command))

    def here(self, text):
        """The text with this run's ports and folders."""
        for port, own in self.ports.items():
            # A certificate is for a name.
            text = text.replace(f"https://localhost:{port}", f"https://localhost:{own}")
            text = re.sub(rf"\b(localhost|127\.0\.0\.1|0\.0\.0\.0):{port}\b", f"127.0.0.1:{own}", text)
            text = text.replace(f"= :{port}", f"= :{own}")
        for place in () if self.elsewhere else FOLDERS:
            text = re.sub(rf"(?<![\w.]){place}\b", self.folder + place, text)
        return text

    def there(self, text):
        """The text as the page has it."""
        text = text.replace(self.folder + "/", "/")
        for port, own in self.ports.items():
            text = text.replace(f"127.0.0.1:{own}", f"localhost:{port}")
        return text

    def pattern(self, lines):
        """What a text must look like to be these lines; what is fleeting becomes a group."""
        self.groups = []
        wanted = []
        for line in lines:
            if line == "…":
                wanted.append(r"(?:.*\n)*?")
            else:
                wanted.append(self.line(line) + "\n")
        return re.compile("".join(wanted))

    def line(self, line):
        pattern, at = "", 0
        for found in VARIABLE.finditer(line):
            pattern += literal(line[at : found.start()])
            at = found.end()
            if found["fleeting"]:
                pattern += self.fleeting(found[0])
            else:
                pattern += next(it for it, begin in CHANCE.items() if found[0].startswith(begin))
        return pattern + literal(line[at:])

    def fleeting(self, text):
        if text in self.known:
            return re.escape(self.known[text])
        if text in self.groups:
            return f"(?P=g{self.groups.index(text)})"
        self.groups.append(text)
        return rf"(?P<g{len(self.groups) - 1}>{FLEETING.pattern})"

    def check(self, name, expected, answer):
        found, text = answer
        if not found:
            self.failures += 1
            print(f"FAILED {self.name}: {name}\n  expected:\n    " + "\n    ".join(expected))
            print("  actual:\n    " + text.replace("\n", "\n    "))
            return
        self.checks += 1
        for number, text in enumerate(self.groups):
            self.known[text] = found[f"g{number}"]


class Process:
    """Something that prints, and is waited for."""

    def __init__(self, words, page, command="", **options):
        self.command = command
        self.text = ""
        self.page = page
        self.process = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=page.folder,
            env=page.environment,
            **options,
        )
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        page.started.append(self)

    def write(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def expect(self, pattern):
        """Reads until the text begins like the pattern, and takes that away."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            text = self.page.there(self.text)
            found = pattern.match(text)
            if found:
                self.text = text[found.end() :].lstrip("\n")
                return found, text
            left = until - time.monotonic()
            if left <= 0 or not self.selector.select(left):
                return None, text
            part = os.read(self.process.stdout.fileno(), 1 << 16)
            if not part:
                return None, text
            self.text += part.decode(errors="replace").replace("\r", "")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_SECONDS)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def literal(text):
    return ".*".join(re.escape(part) for part in text.split("…"))


def blocks(text):
    """Each fenced block: its kind, its lines, and the last line of text above it."""
    above, kind, lines = "", None, []
    for line in text.split("\n"):
        if line.lstrip().startswith("```"):
            if kind is None:
                kind, lines, indent = line.strip()[3:], [], len(line) - len(line.lstrip())
            else:
                yield kind, lines, above
                kind = None
        elif kind is not None:
            lines.append(line[indent:] if line[:indent].isspace() or not indent else line)
        elif line.strip():
            above = line.strip()


def commands(lines):
    """Each command of a block, and the lines that it prints."""
    command, expected, end = None, [], None
    for line in lines:
        if end is not None:
            command += "\n" + line
            if line == end:
                end = None
            continue
        if command is not None and command.endswith("\\") and not expected:
            command += "\n" + line.removeprefix("> ")
        elif line.startswith(("$ ", "# ")):
            if command is not None:
                yield command, expected
            command, expected = line[2:], []
        elif command is not None:
            expected.append(line)
            continue
        here = re.search(r"<<'?(\w+)'?", command or "")
        if here and not expected:
            end = here[1]
    if command is not None:
        yield command, expected


def free_port():
    """One that the system gives to nobody who asks for any, so that it stays free while a server is away."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        first = int(file.read().split()[0])
    while True:
        try:
            with socket.create_server(("127.0.0.1", random.randrange(10_000, first if first > 20_000 else 30_000))) as it:
                return it.getsockname()[1]
        except OSError:
            pass


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(0 if Page(*sys.argv[1:]).run(folder) else 1)
