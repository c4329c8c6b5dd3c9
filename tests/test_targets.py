"""Where webhooks may go: the forms of URLs, the table of addresses, and what opens which of them."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.targets import BLOCKS, MAX_URL_LENGTH, Kind, TargetPolicy, block_of, url_fault

NAME = "hooks.example.com"
EVERYTHING = ("0.0.0.0/0", "::/0")

# address, kind, why
ADDRESSES = [
    ("127.0.0.1", Kind.LOOPBACK, "loopback"),
    ("127.255.255.255", Kind.LOOPBACK, "last of loopback"),
    ("::1", Kind.LOOPBACK, "loopback, IPv6"),
    ("::ffff:127.0.0.1", Kind.LOOPBACK, "loopback, mapped"),
    ("::ffff:7f00:1", Kind.LOOPBACK, "loopback, mapped, in hexadecimal"),
    ("8.8.8.8", Kind.PUBLIC, "public"),
    ("1.0.0.0", Kind.PUBLIC, "first after 0/8"),
    ("9.255.255.255", Kind.PUBLIC, "last before 10/8"),
    ("11.0.0.0", Kind.PUBLIC, "first after 10/8"),
    ("100.63.255.255", Kind.PUBLIC, "last before CGNAT"),
    ("100.128.0.0", Kind.PUBLIC, "first after CGNAT"),
    ("126.255.255.255", Kind.PUBLIC, "last before loopback"),
    ("128.0.0.0", Kind.PUBLIC, "first after loopback"),
    ("169.253.255.255", Kind.PUBLIC, "last before link-local"),
    ("169.255.0.0", Kind.PUBLIC, "first after link-local"),
    ("172.15.255.255", Kind.PUBLIC, "last before 172.16/12"),
    ("172.32.0.0", Kind.PUBLIC, "first after 172.16/12"),
    ("192.167.255.255", Kind.PUBLIC, "last before 192.168/16"),
    ("192.169.0.0", Kind.PUBLIC, "first after 192.168/16"),
    ("198.17.255.255", Kind.PUBLIC, "last before benchmarking"),
    ("198.20.0.0", Kind.PUBLIC, "first after benchmarking"),
    ("223.255.255.255", Kind.PUBLIC, "last before multicast"),
    ("::ffff:8.8.8.8", Kind.PUBLIC, "public, mapped"),
    ("2606:4700::1111", Kind.PUBLIC, "public, IPv6"),
    ("2001:4860:4860::8888", Kind.PUBLIC, "public, IPv6, beyond 2001::/23"),
    ("10.0.0.0", Kind.PRIVATE, "first of 10/8"),
    ("10.255.255.255", Kind.PRIVATE, "last of 10/8"),
    ("172.16.0.0", Kind.PRIVATE, "first of 172.16/12"),
    ("172.31.255.255", Kind.PRIVATE, "last of 172.16/12"),
    ("192.168.0.0", Kind.PRIVATE, "first of 192.168/16"),
    ("192.168.255.255", Kind.PRIVATE, "last of 192.168/16"),
    ("100.64.0.0", Kind.PRIVATE, "first of CGNAT"),
    ("100.127.255.255", Kind.PRIVATE, "last of CGNAT"),
    ("::ffff:10.0.0.1", Kind.PRIVATE, "private, mapped"),
    ("fc00::1", Kind.PRIVATE, "unique local"),
    ("fdff::1", Kind.PRIVATE, "unique local, locally assigned"),
    ("0.0.0.0", Kind.NEVER, "unspecified"),
    ("0.255.255.255", Kind.NEVER, "last of 0/8"),
    ("::ffff:0.0.0.0", Kind.NEVER, "unspecified, mapped"),
    ("169.254.0.0", Kind.NEVER, "first of link-local"),
    ("169.254.169.254", Kind.NEVER, "cloud metadata"),
    ("::ffff:169.254.169.254", Kind.NEVER, "cloud metadata, mapped"),
    ("169.254.255.255", Kind.NEVER, "last of link-local"),
    ("100.100.100.200", Kind.NEVER, "cloud metadata inside CGNAT"),
    ("168.63.129.16", Kind.NEVER, "cloud metadata at a public address"),
    ("192.0.0.192", Kind.NEVER, "protocol assignments, cloud metadata"),
    ("192.0.2.1", Kind.NEVER, "documentation 1"),
    ("198.51.100.1", Kind.NEVER, "documentation 2"),
    ("203.0.113.1", Kind.NEVER, "documentation 3"),
    ("192.88.99.1", Kind.NEVER, "6to4 relay"),
    ("198.18.0.0", Kind.NEVER, "first of benchmarking"),
    ("198.19.255.255", Kind.NEVER, "last of benchmarking"),
    ("224.0.0.1", Kind.NEVER, "multicast"),
    ("239.255.255.255", Kind.NEVER, "last of multicast"),
    ("240.0.0.1", Kind.NEVER, "reserved"),
    ("255.255.255.255", Kind.NEVER, "broadcast"),
    ("::", Kind.NEVER, "unspecified, IPv6"),
    ("::2", Kind.NEVER, "next to loopback"),
    ("::127.0.0.1", Kind.NEVER, "IPv4-compatible loopback"),
    ("::8.8.8.8", Kind.NEVER, "IPv4-compatible"),
    ("::ffff:0:127.0.0.1", Kind.NEVER, "IPv4-translated"),
    ("100::1", Kind.NEVER, "discard-only"),
    ("2001::", Kind.NEVER, "Teredo of nothing"),
    ("2001:2::1", Kind.NEVER, "benchmarking, IPv6"),
    ("2001:10::1", Kind.NEVER, "identifiers, not addresses"),
    ("2001:1ff:ffff::1", Kind.NEVER, "last of 2001::/23"),
    ("2001:db8::1", Kind.NEVER, "documentation, IPv6"),
    ("3fff::1", Kind.NEVER, "newer documentation, IPv6"),
    ("4000::1", Kind.NEVER, "not handed out"),
    ("5f00::1", Kind.NEVER, "segment routing"),
    ("fd00:ec2::254", Kind.NEVER, "cloud metadata, IPv6"),
    ("fd20:ce::254", Kind.NEVER, "another cloud's metadata, IPv6"),
    ("fe80::1", Kind.NEVER, "link-local, IPv6"),
    ("fec0::1", Kind.NEVER, "site-local"),
    ("ff02::1", Kind.NEVER, "multicast, IPv6"),
    ("64:ff9b::8.8.8.8", Kind.PUBLIC, "NAT64 of a public address"),
    ("64:ff9b::127.0.0.1", Kind.NEVER, "NAT64 of loopback"),
    ("64:ff9b::10.0.0.1", Kind.NEVER, "NAT64 of a private address"),
    ("64:ff9b::169.254.169.254", Kind.NEVER, "NAT64 of cloud metadata"),
    ("64:ff9b::1:0:0", Kind.NEVER, "beside NAT64"),
    ("64:ff9b:1::8.8.8.8", Kind.NEVER, "local NAT64: cannot be judged"),
    ("2002:808:808::1", Kind.PUBLIC, "6to4 of a public address"),
    ("2002:7f00:1::1", Kind.NEVER, "6to4 of loopback"),
    ("2002:a00:1::1", Kind.NEVER, "6to4 of a private address"),
    ("2002:a9fe:a9fe::", Kind.NEVER, "6to4 of cloud metadata"),
    ("2001:0:808:808:0:0:f7f7:f7f7", Kind.PUBLIC, "Teredo, server and client public"),
    ("2001:0:808:808:0:0:80ff:fffe", Kind.NEVER, "Teredo of loopback"),
    ("2001:0:a00:1:0:0:f7f7:f7f7", Kind.NEVER, "Teredo with a private server"),
]

# what is allowed, host in the URL, address, allowed?, why
OPENINGS = [
    ((), "localhost", "127.0.0.1", True, "loopback by default"),
    ((), "localhost", "::1", True, "loopback by default, IPv6"),
    ((), "::ffff:7f00:1", "::ffff:7f00:1", True, "mapped loopback is loopback"),
    ((), NAME, "127.0.0.1", True, "any name may point to loopback"),
    ((), NAME, "8.8.8.8", False, "public is closed"),
    (("Ž.test.",), "xn--jha.test", "10.0.0.1", True, "a name beyond ASCII, which URLs have in its ASCII form"),
    ((), "10.0.0.1", "10.0.0.1", False, "private is closed"),
    (("8.8.8.0/24",), NAME, "127.0.0.1", True, "loopback stays open"),
    (("8.8.8.0/24",), NAME, "8.8.8.8", True, "inside the network"),
    (("8.8.8.0/24",), NAME, "::ffff:8.8.8.8", True, "inside the network, mapped"),
    (("8.8.8.0/24",), NAME, "8.8.9.8", False, "outside the network"),
    (("8.8.8.0/24",), NAME, "64:ff9b::8.8.8.8", False, "NAT64 is an address of its own"),
    (("8.8.8.8",), NAME, "8.8.8.8", True, "the address itself"),
    (("8.8.8.8",), NAME, "8.8.8.9", False, "the next address"),
    (("0.0.0.0/0",), NAME, "8.8.8.8", True, "any public address"),
    (("0.0.0.0/0",), NAME, "2606:4700::1111", False, "of its own family alone"),
    (("::/0",), NAME, "2606:4700::1111", True, "any public address of IPv6"),
    (("::/0",), NAME, "8.8.8.8", False, "and none of IPv4"),
    (("::/0",), NAME, "::ffff:8.8.8.8", False, "also if it is written as mapped"),
    (EVERYTHING, NAME, "8.8.8.8", True, "both families, the one"),
    (EVERYTHING, NAME, "2606:4700::1111", True, "both families, the other"),
    (("::ffff:0:0/96",), NAME, "8.8.8.8", True, "all of IPv4, mapped"),
    (("0.0.0.0/0",), NAME, "10.0.0.1", False, "but no private one"),
    (("0.0.0.0/0",), NAME, "100.64.0.1", False, "nor CGNAT"),
    (("::/0",), NAME, "fd12::1", False, "nor unique local"),
    (("0.0.0.0/0",), NAME, "169.254.169.254", False, "nor metadata"),
    (("0.0.0.0/0",), NAME, "::ffff:10.0.0.1", False, "nor a mapped private one"),
    (("::/0",), NAME, "64:ff9b::8.8.8.8", True, "NAT64 of a public address"),
    (("0.0.0.0/0",), NAME, "64:ff9b::8.8.8.8", False, "which is an address of IPv6"),
    (EVERYTHING, NAME, "64:ff9b::10.0.0.1", False, "NAT64 of a private one"),
    (EVERYTHING, NAME, "2002:a00:1::1", False, "6to4 of a private one"),
    (("10.0.0.0/8",), NAME, "10.1.2.3", True, "the whole private block"),
    (("10.1.0.0/16",), NAME, "10.1.2.3", True, "a part of a private block"),
    (("10.1.0.0/16",), NAME, "10.2.2.3", False, "another part of it"),
    (("10.0.0.0/7",), NAME, "10.1.2.3", False, "wider than the block: meant for what is public"),
    (("10.0.0.0/7",), NAME, "11.1.2.3", True, "the public part of it"),
    (("::ffff:10.0.0.0/104",), NAME, "10.1.2.3", True, "a network written as mapped"),
    (("::ffff:10.1.2.3",), NAME, "10.1.2.3", True, "an address written as mapped"),
    (("10.0.0.0/8",), NAME, "64:ff9b::10.0.0.1", False, "NAT64 of it goes through a gateway"),
    (("100.64.0.0/10",), NAME, "100.101.102.103", True, "CGNAT, opened"),
    (("100.64.0.0/10",), NAME, "100.100.100.200", False, "metadata inside it stays closed"),
    (("fd12:3456::/32",), NAME, "fd12:3456::1", True, "unique local, opened"),
    (("2606:4700::/32",), NAME, "2606:4700::1111", True, "a network of IPv6"),
    (("64:ff9b::/96",), NAME, "64:ff9b::8.8.8.8", True, "NAT64, opened"),
    ((NAME,), NAME, "8.8.8.8", True, "a name opens public addresses"),
    ((NAME,), NAME, "10.0.0.1", True, "a name opens private addresses"),
    ((NAME,), NAME, "64:ff9b::8.8.8.8", True, "a name behind NAT64"),
    ((NAME,), NAME, "169.254.169.254", False, "a name does not open metadata"),
    ((NAME,), NAME, "0.0.0.0", False, "a name does not open 0/8"),
    ((NAME,), "Hooks.Example.COM.", "10.0.0.1", True, "case and final dot do not matter"),
    (("Hooks.Example.COM.",), NAME, "10.0.0.1", True, "nor in the entry"),
    ((NAME,), "evil" + NAME, "10.0.0.1", False, "not the end of a name"),
    ((NAME,), "a." + NAME, "10.0.0.1", False, "not what lies below a name"),
    ((NAME,), NAME + ".evil", "10.0.0.1", False, "not the beginning of a name"),
    ((NAME,), "10.0.0.1", "10.0.0.1", False, "not the address it may have"),
    (EVERYTHING, NAME, "fe80::1%eth0", False, "an address with a zone"),
    (EVERYTHING, NAME, "::1%lo", False, "even of loopback"),
    (EVERYTHING, NAME, "nonsense", False, "not an address"),
]

# URL, part of the refusal, why
FAULTS = [
    ("", "http://", "empty"),
    ("hook", "http://", "no scheme"),
    ("//127.0.0.1/hook", "http://", "a scheme left out"),
    ("ftp://127.0.0.1/", "http://", "another scheme"),
    ("file:///etc/passwd", "http://", "files"),
    ("unix:///run/sock", "http://", "sockets"),
    ("http:///hook", "names no host", "no host"),
    ("http:127.0.0.1/hook", "names no host", "no slashes"),
    ("http://user@127.0.0.1/", "user name", "user"),
    ("http://user:pass@127.0.0.1/", "user name", "user and password"),
    ("http://:pass@127.0.0.1/", "user name", "password"),
    ("http://127.0.0.1:0/", "port 0", "port 0"),
    ("http://127.0.0.1:65536/", "cannot be read", "port beyond 65535"),
    ("http://127.0.0.1:-1/", "cannot be read", "negative port"),
    ("http://127.0.0.1:http/", "cannot be read", "named port"),
    ("http://[::1/", "cannot be read", "an open bracket"),
    ("http://[127.0.0.1]/", "cannot be read", "IPv4 in brackets"),
    ("http://127.0.0.1\\@evil.example/", "backslash", "backslash"),
    ("http://127.0.0.1/a b", "space", "space"),
    ("http://127.0.0.1/\r\nX: y", "control", "line break"),
    ("http://127.0.0.1/\t", "control", "tab"),
    ("http://127.0.0.1/\x7f", "control", "delete"),
    ("http://127.0.0.1/" + "a" * (MAX_URL_LENGTH - 16), "2049 characters", "one character too long"),
    ("http://127.1/", "usual form", "short form"),
    ("http://2130706433/", "usual form", "decimal form"),
    ("http://0x7f000001/", "usual form", "hexadecimal form"),
    ("http://0x7f.0.0.0x1/", "usual form", "hexadecimal parts"),
    ("http://0177.0.0.1/", "usual form", "octal form"),
    ("http://127.0.0.1./", "usual form", "an address with a final dot"),
    ("http://256.0.0.1/", "usual form", "no address"),
    ("http://a..b/", "usual form", "an empty label"),
    ("http://-/%00", None, "odd but legal"),
    ("http://h%2eh/", "usual form", "an escaped host"),
    ("http://[::1%25lo]/", "usual form", "a zone"),
    ("http://" + "a" * 64 + "/", "usual form", "a label too long"),
    ("http://" + ".".join(["a" * 49] * 5) + ".bcde/", "usual form", "a name of 254 characters"),
    ("http://" + ".".join(["a" * 49] * 5) + ".bcd/", None, "a name of 253 characters"),
    ("http://127.0.0.1/" + "a" * (MAX_URL_LENGTH - 17), None, "just short enough"),
    ("http://127.0.0.1", None, "no path"),
    ("HTTP://LOCALHOST:65535/Hook?a=b#c", None, "capitals, last port, query, fragment"),
    ("https://[::1]:8443/hook", None, "IPv6"),
    ("http://my_service-1.local.:8080/hook", None, "names of containers"),
    ("http://xn--bcher-kva.example/", None, "a name in its ASCII form"),
    ("http://bücher.example/ü", None, "a name beyond ASCII"),
    ("http://①②⑦.⓪.⓪.①/", None, "digits of another kind, which become 127.0.0.1"),
]

# entry, part of the refusal, why
BAD_ENTRIES = [
    ("", "is no network", "empty"),
    ("*", "is no network", "wildcard"),
    ("*.example.com", "is no network", "wildcard in a name"),
    ("localhost:9000", "is no network", "with a port"),
    ("http://localhost", "is no network", "a URL"),
    ("127.1", "is no network", "short form of an address"),
    ("2130706433", "is no network", "decimal form of an address"),
    ("0x7f.1", "is no network", "hexadecimal form of an address"),
    ("ž.test/x", "is no network", "a name beyond ASCII with a path"),
    ("10.0.0.1/8", "has host bits set", "not the first address of the network"),
    ("10.0.0.0/33", "is no network", "a prefix too long"),
    ("169.254.169.254", "link-local", "metadata"),
    ("169.254.0.0/16", "link-local", "a block that stays closed"),
    ("::ffff:169.254.169.254", "link-local", "metadata, mapped"),
    ("0.0.0.0", "unspecified", "0/8"),
    ("224.0.0.0/8", "multicast", "a part of a closed block"),
    ("fe80::/10", "link-local", "link-local, IPv6"),
    ("4000::/3", "reserved", "not handed out"),
    ("64:ff9b::a00:1", "NAT64 of 10.0.0.1", "NAT64 of a private address"),
]


@pytest.mark.parametrize(("address", "kind"), [pytest.param(a, k, id=why) for a, k, why in ADDRESSES])
def test_the_kind_of_an_address(address: str, kind: Kind) -> None:
    """A policy that opens one address shows what kind it is of: never, by itself, by a wide network, or always."""
    closed, wide, by_name = TargetPolicy(), TargetPolicy(EVERYTHING), TargetPolicy([NAME])

    allowed = [policy.allows(NAME, address) for policy in (closed, wide, by_name)]

    assert (
        allowed
        == {
            Kind.LOOPBACK: [True, True, True],
            Kind.PUBLIC: [False, True, True],
            Kind.PRIVATE: [False, False, True],
            Kind.NEVER: [False, False, False],
        }[kind]
    )


@pytest.mark.parametrize(
    ("allow", "host", "address", "allowed"), [pytest.param(*row[:4], id=row[4]) for row in OPENINGS]
)
def test_what_an_entry_opens(allow: tuple[str, ...], host: str, address: str, allowed: bool) -> None:
    """Networks and addresses open what they cover, names what they resolve to, and nothing opens what is closed."""
    policy = TargetPolicy(allow)

    assert policy.allows(host, address) is allowed
    assert (policy.refusal(host, address) is None) is allowed


@pytest.mark.parametrize(("url", "fault"), [pytest.param(url, fault, id=why) for url, fault, why in FAULTS])
def test_the_form_of_a_url(url: str, fault: str | None) -> None:
    """Only what every reader of URLs reads the same way is taken."""
    found = url_fault(url)

    assert (found is None) == (fault is None)
    assert (fault or "") in (found or "")


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        pytest.param("http://127.0.0.1:9000/hook", None, id="open address"),
        pytest.param("http://[::ffff:127.0.0.1]/", None, id="open address, mapped"),
        pytest.param("http://①②⑦.⓪.⓪.①/", None, id="open address in odd digits"),
        pytest.param("http://hooks.example.com/", None, id="a name has to be resolved first"),
        pytest.param("ftp://127.0.0.1/", "the URL has to begin with http:// or https://", id="form"),
        pytest.param(
            "http://10.0.0.1/",
            "target 10.0.0.1 is not allowed: private network; --webhook-allow 10.0.0.1 would open it",
            id="closed address",
        ),
        pytest.param(
            "http://169.254.169.254/",
            "target 169.254.169.254 is not allowed: link-local, cloud metadata, never a target",
            id="address that stays closed",
        ),
        pytest.param(
            "http://[2002:a00:1::]/",
            "target 2002:a00:1:: is not allowed: 6to4 of 10.0.0.1 (private network), never a target",
            id="closed address inside another",
        ),
    ],
)
def test_a_url_is_checked_as_far_as_it_can_be(url: str, refusal: str | None) -> None:
    """The refusal says what is wrong and, where that is possible, what would open the target."""
    assert TargetPolicy().check_url(url) == refusal


def test_the_refusal_of_a_name_says_what_would_open_it() -> None:
    """The hint names the host as the URL does, not the address of today."""
    refusal = TargetPolicy().refusal(NAME, "8.8.8.8")

    assert refusal == "target 8.8.8.8 is not allowed: public; --webhook-allow hooks.example.com would open it"


@pytest.mark.parametrize(("entry", "fault"), [pytest.param(entry, fault, id=why) for entry, fault, why in BAD_ENTRIES])
def test_an_entry_that_opens_nothing_is_refused(entry: str, fault: str) -> None:
    """A mistake in `--webhook-allow` is told at once, not by a webhook that does not come."""
    with pytest.raises(ValueError) as refused:
        TargetPolicy(["localhost", entry])

    assert repr(entry) in str(refused.value)
    assert fault in str(refused.value)


def test_the_entries_are_kept_as_given() -> None:
    """What the user wrote can be shown again."""
    assert TargetPolicy(["10.0.0.0/8", "Host"]).allow == ("10.0.0.0/8", "Host")


@given(st.ip_addresses())
def test_every_address_lies_in_its_narrowest_block(address: IPv4Address | IPv6Address) -> None:
    """The table has no gaps, and no block hides a narrower one."""
    block = block_of(address)

    assert address in block.network
    assert not any(address in other.network and other.network.prefixlen > block.network.prefixlen for other in BLOCKS)


@given(st.ip_addresses(v=4))
def test_a_carried_address_opens_nothing_that_it_would_not_open_itself(carried: IPv4Address) -> None:
    """NAT64 and 6to4 reach public addresses only, whatever is opened."""
    policy = TargetPolicy([*EVERYTHING, NAME, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"])
    bits = int(carried)
    carriers = [IPv6Address((0x64FF9B << 96) | bits), IPv6Address((0x2002 << 112) | (bits << 80))]

    allowed = {policy.allows(NAME, str(carrier)) for carrier in carriers}

    assert allowed == {block_of(carried).kind is Kind.PUBLIC}


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_the_address(carried: IPv4Address) -> None:
    """Both spellings get the same answer under every kind of opening."""
    for policy in (TargetPolicy(), TargetPolicy(EVERYTHING), TargetPolicy([NAME]), TargetPolicy(["10.0.0.0/8"])):
        assert policy.allows(NAME, f"::ffff:{carried}") == policy.allows(NAME, str(carried))


@given(st.text())
def test_no_text_can_break_the_reader_of_urls(text: str) -> None:
    """Whatever comes, the answer is a refusal or none."""
    policy = TargetPolicy()

    assert all(isinstance(policy.check_url(url), str | None) for url in (text, f"http://{text}/", f"http://h:{text}"))


@given(st.ip_addresses())
def test_what_we_call_public_is_nothing_special_to_the_standard_library(address: IPv4Address | IPv6Address) -> None:
    """Whichever Python runs this, our table is at least as strict as its own."""
    public = block_of(address).what == "public"

    assert not (public and (address.is_private or address.is_link_local or address.is_multicast or address.is_reserved))
