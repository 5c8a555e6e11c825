# ruff: noqa: RUF001 - phrases of languages in other scripts
"""How models say that they refuse, in ten languages, or that they give up.

A phrase names what is refused (help, this request), so that "I cannot simplify this further" is none.
"""

from __future__ import annotations

import re


def _any(*phrases: str) -> str:
    return f"(?:{'|'.join(phrases)})"


_CANNOT = _any(
    r"(?:can't|cannot|can not|won't|will not|must not|could not|couldn't)",
    r"(?:am|'m) (?:unable|not able|not allowed|not permitted|not going) to",
    r"(?:will not|won't) be able to",
)
_I_CANNOT = rf"\bI ?{_CANNOT} (?:in good conscience )?"
_THIS = r"(?:this|that|your|such|the|these|those|any)"

_ENGLISH = (
    _I_CANNOT + r"help (?:with|you (?:with|to|do|create|make|find)|create|make)\b",
    _I_CANNOT + r"help(?: you)?(?= ?[.!,;]|$)",
    _I_CANNOT + r"(?:assist|comply|engage|participate)\b",
    _I_CANNOT
    + rf"(?:fulfil|fulfill|support|accommodate|process|respond to|answer|complete) {_THIS} "
    + r"(?:request|question|prompt|query|topic)",
    _I_CANNOT
    + rf"(?:provide|share|give|offer|generate|create|write) (?:you )?(?:with )?(?:{_THIS} |specific |detailed )?"
    + r"(?:instructions|guidance|assistance|information (?:about|on|that|regarding)|content\b|request|such material)",
    _I_CANNOT + rf"(?:discuss|continue with|talk about|proceed with) {_THIS} (?:topic|request|subject|conversation)",
    # "…, but here it is" is no refusal.
    rf"\bas an? (?:AI|artificial intelligence)\b[^.!?]{{0,60}}? I ?{_CANNOT}(?![^.!?]*, (?:but|however))",
    r"\bI (?:must|have to|need to|will have to) (?:respectfully |politely )?(?:decline|refuse)\b",
    r"\b(?:against|violates?|violating|contrary to|conflicts? with) (?:\w+(?:'s)? ){0,2}"
    r"(?:content|usage|use|safety|ethical|community) (?:polic(?:y|ies)|guidelines)\b",
    r"\b(?:against|violates?|violating|contrary to|conflicts? with) my (?:\w+ )?(?:guidelines|programming|principles)",
    r"\bI(?:'m| am) not comfortable (?:helping|assisting|providing|answering|writing)",
    r"\bI (?:do not|don't) feel comfortable (?:helping|assisting|providing|answering|writing)",
)
_DABEI = r"(?:(?:Ihnen|dir|euch|leider|dabei|damit|hierbei|bei dieser Anfrage|bei diesem Thema) ){0,4}"
_GERMAN = (
    rf"\b(?:(?:kann|darf) ich|ich (?:kann|darf)) {_DABEI}nicht (?:weiter)?(?:helfen|behilflich|unterstützen)",
    r"\b(?:(?:kann|darf) ich|ich (?:kann|darf)) (?:leider )?(?:diese|deine|Ihre) (?:Anfrage|Bitte|Frage) "
    r"(?:leider )?nicht (?:erfüllen|beantworten|bearbeiten)",
    r"\bals (?:KI|künstliche Intelligenz|Sprachmodell)[^.!?]{0,30} (?:kann|darf) ich [^.!?]{0,60}\bnicht\b",
)
_FRENCH = (
    r"\bje ne (?:peux|suis) pas (?:(?:en mesure de|autorisée? à) )?(?:vous |t'|te )?"
    r"(?:aider|assister|répondre à (?:cette|votre|ta)|fournir (?:ces|cette|ce type))",
    r"\bje ne peux (?:pas )?(?:satisfaire|accéder à|donner suite à) (?:cette|votre|ta) demande",
    r"\ben tant qu'(?:IA|intelligence artificielle|assistant)[^.!?]{0,40}, je ne (?:peux|suis) pas",
    r"\ben tant que modèle de langage[^.!?]{0,40}, je ne (?:peux|suis) pas",
)
_SPANISH = (
    r"\bno (?:puedo|me es posible) (?:ayudarte|ayudarle|asistirte|ayudar (?:con|en))\b",
    r"\bno puedo (?:cumplir (?:con )?|responder (?:a )?)(?:esa|esta|tu|su) (?:solicitud|petición|pregunta)",
    r"\bcomo (?:una? )?(?:IA|inteligencia artificial|modelo de lenguaje)[^.!?]{0,40}, no puedo",
)
_PORTUGUESE = (
    r"\bnão posso (?:ajudá-l[oa]|(?:te |lhe )?(?:ajudar|auxiliar))(?: (?:com|nisso|a)\b|[.,!]|$)",
    r"\bnão posso (?:atender|responder) (?:a |ao )?(?:esse|este|seu|essa|esta|sua) (?:pedido|pergunta|solicitação)",
    r"\bcomo (?:uma? )?(?:IA|inteligência artificial|modelo de linguagem)[^.!?]{0,40}, não posso",
)
_ITALIAN = (
    r"\bnon posso (?:aiutarti|aiutarla|assisterti|assisterla)\b",
    r"\bnon posso (?:soddisfare|rispondere a) (?:questa|tale|la tua) (?:domanda|richiesta)",
    r"\b(?:come|in quanto) (?:un'?)?(?:IA|intelligenza artificiale|modello linguistico)[^.!?]{0,40}, non posso",
)
_RUSSIAN = (
    r"\bне (?:могу|смогу) (?:вам |тебе )?(?:с этим )?помочь(?: (?:вам|тебе))?(?: (?:с|в|этим)\b|[.,!]|$)",
    r"\bне могу (?:ответить на|выполнить) (?:этот|ваш|данный) (?:вопрос|запрос)",
    r"\bкак (?:ИИ|языковая модель|искусственный интеллект)[^.!?]{0,40} я не могу",
)
_CHINESE = (
    r"(?:无法|不能|無法|没办法|沒辦法)(?:[为為给給][您你])?(?:协助|協助|帮助|幫助)(?:[您你此这完]|$)",
    r"(?:无法|不能|無法)(?:[为為给給向][您你])?提供(?:此类|这类|这方面|该|此類|這類)",
    r"(?:无法|不能|無法)(?:满足|回答|讨论|滿足|討論)(?:您|你|这个|此|该|這個)的?(?:类)?(?:问题|请求|要求|话题|問題|請求)",
    r"作为(?:一个|一名|一款)?(?:AI|人工智能|语言模型)[^。！？]{0,30}(?:无法|不能)",
)
_JAPANESE = (
    r"お(?:手伝い|答え|応え)(?:する(?:こと)?(?:は|が)?)?(?:でき(?:ません|かねます)|いたしかねます)",
    r"(?:ご要望|リクエスト|ご依頼)には(?:お応え|お答え|対応)[^。]{0,8}(?:ません|かねます)",
)
_KOREAN = (
    r"(?:도와|도움을) ?(?:드릴|줄|제공할) 수 (?:가 )?없(?:습니다|어요|네요)",
    r"요청(?:은|을|에|에는)? ?(?:들어|답변|응답|수행)[^.!?]{0,8} 수 없(?:습니다|어요)",
)
_EUROPEAN = (*_ENGLISH, *_GERMAN, *_FRENCH, *_SPANISH, *_PORTUGUESE, *_ITALIAN, *_RUSSIAN)
_ASIAN = (*_CHINESE, *_JAPANESE, *_KOREAN)
REFUSALS = re.compile('(?<!["“«„‘])' + _any(*_EUROPEAN, *_ASIAN), re.IGNORECASE)
"""To be searched in the opening of an answer, in which apostrophes are straight. What is quoted is said by another."""

_COULD_NOT = _any(
    r"(?:was|am|'m) (?:unable|not able) to",
    r"wasn't able to",
    r"(?:could not|couldn't|cannot|can't|can not|failed to)",
    r"have(?: not|n't) been able to",
)
_FOR_GOOD = r"\b(?![^.!?]{0,40}(?:, (?:so|but|and)\b| but\b|;| directly| at first| at once| yet\b| exactly| by hand))"
GIVING_UP = re.compile(
    _any(
        rf"\bI ?{_COULD_NOT} (?:\w+ ){{0,3}}?(?:the|an|any|a) (?:\w+ ){{0,2}}?answer" + _FOR_GOOD,
        rf"\bI ?{_COULD_NOT} (?:solve|answer|complete) (?:this|the) (?:\w+ )?(?:problem|puzzle|task|question)"
        + _FOR_GOOD,
        rf"\bI ?{_COULD_NOT} (?:\w+ ){{0,3}}?(?:a|the|any) solution to (?:this|the) (?:problem|question|puzzle)"
        + _FOR_GOOD,
        r"(?<!if )(?<!when )(?<!before )(?<!until )\bI(?:'ll| will| must)? give up(?= *(?:[.!…,]|$|here\b|now\b))",
        r"\bI (?:\w+ )?(?:don't|do not) know (?:the (?:\w+ )?answer|how to (?:solve|answer|proceed|go on))" + _FOR_GOOD,
        r"\bI (?:\w+ )?(?:don't|do not) know\.?\s*$",
    ),
    re.IGNORECASE,
)
"""To be searched in the end of an answer that shows no final one."""
