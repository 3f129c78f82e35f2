"""Tokenizers: known tokens, texts that break a library, and the same result from any number of processes."""

from __future__ import annotations

import pickle
import sys
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redshells.errors import ParameterError, ProcessError
from redshells.model.japanese_tokenizer import JapaneseTokenizer, sentence_pieces
from redshells.model.regex_tokenizer import RegexTokenizer
from redshells.model.token_rules import TokenRules
from redshells.model.tokenization import tokenize

BOTH = ['fugashi', 'sudachi']


def english(text: str, pattern: str = r'\b\w\w+\b', **rules: Any) -> list[str]:
    return RegexTokenizer(pattern, TokenRules(**rules)).start()(text)


def japanese(text: str, tokenizer: str = 'fugashi', **settings: Any) -> list[str]:
    return JapaneseTokenizer(tokenizer, **settings).start()(text)


@pytest.mark.parametrize(
    ('settings', 'expected'),
    [
        ({}, ['the', 'fine', 'cats', 'naïve', 'cafe', 'ab12', 'don']),
        ({'lower_case': False}, ['The', 'fine', 'CATS', 'naïve', 'Cafe', 'AB12', 'don']),
        ({'normalization': 'none'}, ['the', 'ﬁne', 'cats', 'nai', 've', 'cafe', 'ａｂ１２', 'don']),
        ({'stop_words': ['THE', 'ＡＢ１２', 'Fine']}, ['cats', 'naïve', 'cafe', 'don']),
        ({'minimum_token_length': 4}, ['fine', 'cats', 'naïve', 'cafe', 'ab12']),
        ({'pattern': r'[a-z]+'}, ['the', 'fine', 'cats', 'na', 've', 'cafe', 'ab', 'don', 't', 'a']),
        ({'pattern': r"(\w+)'"}, ['don']),
        ({'pattern': r'\d*'}, ['12']),
    ],
)
def test_english(settings: dict[str, Any], expected: list[str]) -> None:
    assert english("The ﬁne CATS, nai\u0308ve; Cafe... ＡＢ１２! don't a 😀", **settings) == expected


@pytest.mark.parametrize('tokenizer', BOTH)
def test_japanese(tokenizer: str) -> None:
    text = 'すもももももももものうち。ﾃﾚﾋﾞを見て、静かに走ったＣＡＴ😀'
    content = ['すもも', 'もも', 'もも', 'うち', 'テレビ', '見る', '静か', '走る', 'cat']
    assert japanese(text, tokenizer) == content
    assert japanese(text, tokenizer, use_base_form=False)[5:8] == ['見', '静か', '走っ']
    assert japanese(text, tokenizer, part_of_speech=['動詞']) == ['見る', '走る']
    assert japanese('東京で本を読む', tokenizer, part_of_speech=['名詞-固有名詞']) == ['東京']
    assert japanese('走った。', tokenizer, part_of_speech=()) == ['走る', 'た', '。']
    rules = TokenRules(lower_case=False, stop_words=['ﾃﾚﾋﾞ', '走る'], minimum_token_length=2)
    assert japanese(text, tokenizer, rules=rules) == ['すもも', 'もも', 'もも', 'うち', '見る', '静か', 'CAT']


def test_split_modes() -> None:
    words = {mode: japanese('国家公務員', 'sudachi', split_mode=mode, part_of_speech=()) for mode in 'ABC'}
    assert words == {'A': ['国家', '公務', '員'], 'B': ['国家', '公務員'], 'C': ['国家公務員']}
    assert japanese('国家公務員', 'sudachi') == words['C']


@pytest.mark.parametrize('tokenizer', BOTH)
def test_what_is_no_word(tokenizer: str) -> None:
    settings: dict[str, Any] = {'tokenizer': tokenizer, 'part_of_speech': ()}
    for text in ('', '   ', '\u3000\n\t', '\x00\x1f\x85'):
        assert japanese(text, **settings) == []
    assert japanese('猫\x00犬\n\r鳥\ud83d', **settings) == ['猫', '犬', '鳥']
    assert japanese('𠮷野家', **settings) == ['𠮷', '野家']
    assert japanese('xyzzy 😀', **settings) == ['xyzzy', '😀']


@pytest.mark.parametrize('tokenizer', BOTH)
def test_any_text_is_cut(tokenizer: str) -> None:
    tokens = JapaneseTokenizer(tokenizer, part_of_speech=(), rules=TokenRules(normalization='none')).start()

    @settings(max_examples=60)
    @given(st.text(st.characters() | st.sampled_from('本をﾖん だ\ud83d\n\x00"\\,。')))
    def check(text: str) -> None:
        assert all(token.strip() for token in tokens(text))

    check()


@pytest.mark.parametrize('tokenizer', BOTH)
def test_long_texts(tokenizer: str) -> None:
    assert len(japanese('吾輩は猫である。' * 3000, tokenizer, part_of_speech=['名詞'])) == 3000
    # what kills MeCab in one piece, and what Sudachi makes too long
    for text in ('走' * 70_000, 'ﷺ' * 12_000):
        assert japanese(text, tokenizer, part_of_speech=(), rules=TokenRules(normalization='none'))


def test_pieces() -> None:
    assert list(sentence_pieces('', 4)) == ['']
    assert list(sentence_pieces('今日は雨! 明日は晴。', 6)) == ['今日は雨!', ' 明日は晴。']
    assert list(sentence_pieces('pi is 3.14 now', 8)) == ['pi is ', '3.14 now']
    assert list(sentence_pieces('あいうえおか', 4)) == ['あいうえ', 'おか']


@given(st.text(alphabet=' 。.!a猫', max_size=60), st.integers(1, 9))
def test_pieces_are_the_text(text: str, limit: int) -> None:
    pieces = list(sentence_pieces(text, limit))
    assert ''.join(pieces) == text
    assert max(map(len, pieces)) <= limit


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda: RegexTokenizer('('), r"token_pattern='\(' .* no regular expression"),
        (lambda: RegexTokenizer('(a)(b)'), 'with 2 groups; at most one'),
        (lambda: TokenRules(normalization='nfkc'), "one of .*'NFKC'"),
        (lambda: JapaneseTokenizer('chasen'), "tokenizer='chasen'"),
        (lambda: JapaneseTokenizer(split_mode='A'), 'which fugashi does not have'),
        (lambda: JapaneseTokenizer('sudachi', split_mode='D'), "split_mode='D'"),
        (lambda: JapaneseTokenizer(part_of_speech=['名詞', 'noun']), r"\['noun'\], which the dictionary does not know"),
    ],
)
def test_wrong_arguments(make: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()


class Words(RegexTokenizer):
    characters_worth_a_process: ClassVar[int] = 10


class JapaneseWords(JapaneseTokenizer):
    characters_worth_a_process: ClassVar[int] = 10


TEXTS = [f'text {number} の 本を読んだ' * (number % 3) for number in range(200)]


@pytest.mark.parametrize('tokenizer', [Words(), JapaneseWords(), JapaneseWords('sudachi')], ids=['regex', *BOTH])
def test_processes_give_the_same(tokenizer: Any) -> None:
    alone = tokenize(tokenizer, TEXTS, n_jobs=1)
    assert tokenize(tokenizer, TEXTS, n_jobs=2) == alone
    assert alone == list(map(tokenizer.start(), TEXTS))


def test_equal_tokens_are_one_string() -> None:
    first, second = tokenize(Words(), ['Cat cat', 'CAT'], n_jobs=1)
    assert first[0] is first[1] is second[0]
    assert len(pickle.dumps(tokenize(Words(), ['cat'] * 1000, n_jobs=1))) < 10_000


def test_few_texts_stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('redshells.model.tokenization._start_helper', None)
    assert tokenize(RegexTokenizer(), ['a cat'] * 1000, n_jobs=2) == [['cat']] * 1000
    assert tokenize(Words(), [], n_jobs=2) == []


class Fragile(Words):
    """Fails, or dies, in a process beside."""

    def start(self) -> Any:
        import os

        start = super().start()

        def tokens(text: str) -> list[str]:
            if 'die' in text:
                os._exit(3)
            if 'fail' in text:
                raise ParameterError('it failed')
            return start(text)

        return tokens


@pytest.mark.parametrize(('word', 'error'), [('die', ProcessError), ('fail', ParameterError)])
def test_a_process_that_fails(word: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        tokenize(Fragile(), ['a text that is good', f'one to {word} of'], n_jobs=2)


def test_progress(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    tokenize(Words(), TEXTS, n_jobs=1)
    assert capsys.readouterr().err == ''
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: True, raising=False)
    tokenize(Words(), TEXTS, n_jobs=2)
    assert '200/200' in capsys.readouterr().err
    tokenize(Words(), TEXTS, n_jobs=1, show_progress=False)
    assert capsys.readouterr().err == ''
