from __future__ import annotations

import pytest
from tracestill.policies.hosts import is_pattern, parse_host, specificity
from tracestill.policies.names import is_local_path, matches_any


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://API.OpenAI.com/v1", "api.openai.com"),
        ("https://api.openai.com.:443/v1", "api.openai.com"),
        ("http://127.0.0.1:8000/v1", "127.0.0.1"),
        ("http://[::1]:8000/v1", "::1"),
        ("http://[::ffff:127.0.0.1]/v1", "127.0.0.1"),
        ("http://vllm:8000/v1", "vllm"),
    ],
)
def test_a_host_has_one_spelling(url, name):
    assert parse_host(url).name == name


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com@evil.example/v1",
        "https://user:secret@api.deepseek.com/v1",
        "https://@api.deepseek.com/v1",
        "https://evil.example\\@api.deepseek.com/v1",
        "https://api.deepseek.com\n.evil.example/",
        "https://api.deepseek.com\t/v1",
        "https://\uff41pi.deepseek.com/v1",
        "https://api.deepseek\u3002com/v1",
        "https://api%2edeepseek.com/v1",
        "https://api.deepseek.com../v1",
        "https://.api.deepseek.com/v1",
        "http://2130706433/v1",
        "http://0x7f000001/v1",
        "http://0177.0.0.1/v1",
        "http://127.1/v1",
        "http://127.0.0.0x1/v1",
        "http://[::1/v1",
        "http://[v1.x]/v1",
        "https://api.deepseek.com:99999/v1",
        "ftp://api.deepseek.com/",
        "file:///etc/passwd",
        "api.deepseek.com",
        "//api.deepseek.com",
        "https:///v1",
        "",
    ],
)
def test_a_host_that_programs_read_differently_is_refused(url):
    with pytest.raises(ValueError, match="base_url"):
        parse_host(url)


def test_the_secret_of_a_url_is_not_repeated():
    with pytest.raises(ValueError, match="user name") as caught:
        parse_host("https://user:hunter2@api.deepseek.com/v1")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "url", "matches"),
    [
        ("*.openai.com", "https://eu.openai.com", True),
        ("*.openai.com", "https://openai.com", False),
        ("*.openai.com", "https://evilopenai.com", False),
        ("api.openai.com", "https://api.openai.com.evil.example", False),
        ("10.0.0.0/8", "http://10.1.2.3", True),
        ("10.0.0.0/8", "http://10.1.2.3.example.com", False),
        ("127.0.0.0/8", "http://[::1]", False),
        ("fe80::/10", "http://[fe80::1%25eth0]", True),
        ("bedrock.*.amazonaws.com", "https://bedrock.eu-west-1.amazonaws.com", True),
        ("bedrock.*.amazonaws.com", "https://bedrock.amazonaws.com", False),
        ("bedrock.*.amazonaws.com", "https://bedrock.a.b.amazonaws.com", False),
        ("bedrock.*.amazonaws.com", "https://bedrock.eu-west-1.amazonaws.com.evil.example", False),
        ("bedrock.*.amazonaws.com", "https://evil.bedrock.eu-west-1.amazonaws.com", False),
        ("*-ai.example.com", "https://europe-ai.example.com", True),
        ("*-ai.example.com", "https://x.europe-ai.example.com", False),
        ("api*.example.com", "https://api.example.com", True),
        ("api*.example.com", "https://api-intl.example.com", True),
        ("*.a*.example.com", "https://deep.er.ab.example.com", True),
        ("<dotless>", "http://vllm", True),
        ("<dotless>", "http://10.0.0.1", False),
        ("<dotless>", "http://[::1]", False),
    ],
)
def test_patterns(pattern, url, matches):
    assert (specificity(pattern, parse_host(url)) is not None) is matches


def test_an_exact_name_is_closer_than_any_wildcard():
    host = parse_host("https://a.very-long-name.example.com")
    assert specificity("a.very-long-name.example.com", host) > specificity("*.very-long-name.example.com", host)
    assert specificity("*.very-long-name.example.com", host) > specificity("*.example.com", host)
    assert specificity("a.very-long-name.example.com", host) > specificity("a.very-long-nam*.example.com", host)
    assert specificity("a.very-*.example.com", host) > specificity("*.example.com", host)


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "*.",
        "https://x",
        "A.com",
        "a..b",
        "1.2.3",
        "10.0.0.1/8",
        "a b",
        "",
        "a.*",
        "a.*.com",
        "*.*",
        "a.exam*le.com",
        "a.-*.example.com",
    ],
)
def test_no_host_pattern(text):
    assert not is_pattern(text)


@pytest.mark.parametrize(
    ("pattern", "model", "matches"),
    [
        ("acme/base*", "Acme/Base-7B", True),
        ("acme/base*", "acme/base/../../evil", False),
        ("acme/base", "acme/base-evil", False),
        ("*llama-2-*", "someone/my-llama-2-7b/deep", True),
        ("gpt-*", "\uff47pt-4o", False),
        ("a.c", "abc", False),
        ("a[bc]", "ab", False),
    ],
)
def test_model_patterns(pattern, model, matches):
    assert matches_any([pattern], model) is matches


@pytest.mark.parametrize(
    "model", ["/m/x", "./x", "../x", "~/x", "C:\\m", "c:/m", "a\\b", "a/../b", "a//b", "file:///x"]
)
def test_a_path_is_no_name(model):
    assert is_local_path(model)


@pytest.mark.parametrize("model", ["acme/base", "smollm2:135m", "gpt-4o", "accounts/acme/models/base"])
def test_a_name_is_no_path(model):
    assert not is_local_path(model)
