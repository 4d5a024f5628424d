"""What each code of a problem means and how it is cured, in Chinese and English."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from broker.registry import placeholders
from policies.catalogue import RULES


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code in both languages, and the page of the documentation that has more of it."""

    title_zh: str
    title: str
    cure_zh: str
    cure: str
    page: str = "problems.md"
    article: str = ""


_FORM: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "NOT_YAML": (
        "文件不是可读的表单",
        "the file is no readable form",
        "按模板（broker new）修正格式",
        "mend it by the template (broker new)",
    ),
    "YAML_NOT_ALLOWED": (
        "表单用了不允许的写法",
        "the form is written in a way that is not allowed",
        "写明全部内容，不用引用、标签",
        "write everything out, without anchors and tags",
    ),
    "KEY_TWICE": ("同一栏目写了两次", "a field stands twice in the same part", "保留其中一个", "keep one of the two"),
    "KIND_UNKNOWN": (
        "没有这种文件",
        "there is no such kind of document",
        "使用 broker schema 列出的类型",
        "give a kind that broker schema names",
    ),
    "WRONG_FOLDER": (
        "文件放错目录",
        "the file lies in another folder than its kind",
        "移到该类文件的目录",
        "file it in the folder of its kind",
    ),
    "FIELD_UNKNOWN": ("没有这个栏目", "there is no such field", "删去或改正栏目名", "take it out, or mend its name"),
    "FIELD_MISSING": ("缺少必填栏目", "a field is missing", "补填该栏目", "give it"),
    "FIELD_TYPE": (
        "栏目内容的类型不符",
        "a value has the wrong type",
        "按栏目要求的类型填写",
        "give what the field takes",
    ),
    "FIELD_VALUE": (
        "栏目内容不允许",
        "a value is not possible there",
        "按栏目允许的内容填写",
        "give what the field allows",
    ),
    "OUT_OF_RANGE": ("数值超出范围", "a value is out of range", "填写范围以内的数值", "give one within the range"),
    placeholders.CODE: (
        "模板占位符未填写",
        "a placeholder of the template was left",
        "填写该栏目，或删去可不填的栏目",
        placeholders.CURE,
    ),
    "FILE_NAME": (
        "文件名含有不可显示的字符",
        "the path holds characters that cannot be shown",
        "改名",
        "rename the file",
    ),
    "FILE_UNKNOWN": (
        "目录中有不属于登记库的文件",
        "the file does not belong there",
        "存入附件库并在文件中写明摘要",
        "put it into the attachment store, with its digest in the document",
    ),
    "FILE_TOO_LARGE": ("文件过大", "the file is too large", "大件作为附件提交", "file large matter as an attachment"),
    "SYMLINK": ("登记库中不得有符号链接", "the entry is a symbolic link", "放入文件本身", "put the file itself there"),
    "SUBMODULE": (
        "登记库中不得有子库",
        "the entry is another repository",
        "放入文件本身",
        "put the files themselves there",
    ),
    "ID_TWICE": (
        "文件编号与库中已有文件重复",
        "the id is that of another document",
        "另取编号",
        "give the document an id of its own",
    ),
    "THING_TWICE": (
        "与库中已有文件重复",
        "another document in force says the same already",
        "替代原文件，或撤回本件",
        "supersede that document, or leave this one out",
    ),
    "REFERENCE_UNKNOWN": (
        "所指的文件或对象不存在",
        "what it names is not there",
        "改正名称，或先提交所指文件",
        "mend the name, or file that document first",
    ),
    "REFERENCE_REFUSED": (
        "所指的文件本身未被接受",
        "what it names is itself refused",
        "先改正所指文件",
        "mend that document first",
    ),
    "CYCLE": ("文件相互替代", "documents take the place of each other", "去掉其中一个", "leave one of the two out"),
    "SUPERSEDES_OTHER": (
        "替代的不是同一事项的文件",
        "it supersedes a document about something else",
        "替代同一事项的文件",
        "supersede a document about the same thing",
    ),
    "SUPERSEDED_TWICE": (
        "同一文件被替代两次",
        "a document is superseded twice",
        "替代最新的一份",
        "supersede the newest one",
    ),
    "WITHDRAWAL_NOT_ALLOWED": (
        "无权撤回该文件",
        "those who file it may not withdraw that document",
        "由作出决定的一方撤回",
        "let those who decided it withdraw it",
    ),
    "DOCUMENT_CHANGED": (
        "已归档的文件被改动",
        "a merged document was edited, renamed or deleted",
        "恢复原文，另行提交替代文件",
        "put it back and file a document that supersedes it",
    ),
    "FILER_NOT_ENTITLED": (
        "填报人无权代表该单位",
        "who filed it may not do so for this unit",
        "由该单位的人员填报",
        "let a person of that unit file it",
    ),
    "ROLE_NOT_OF_ORGANISATION": (
        "职责与所在单位不符",
        "the role is not one of the person's organisation",
        "由承担该职责的单位的人员担任",
        "give the role to a person of the organisation that has it",
    ),
    "ADDRESS_OUTSIDE_POOL": (
        "网段不在地址池内",
        "the range lies outside the zone's address pools",
        "使用地址池内的网段",
        "take a range within a pool",
    ),
    "SIGNATURE_MISSING": (
        "签名不足",
        "signatures are missing",
        "由具有相应职责的人员签署",
        "let people with the role sign (broker sign)",
    ),
    "SIGNATURE_INVALID": (
        "签名与文件不符",
        "the signature does not hold for this document",
        "重新签署",
        "sign again with broker sign",
    ),
    "SIGNATURE_REPLAYED": (
        "签名已在别处使用",
        "the signature was already used elsewhere",
        "重新签署",
        "sign again with broker sign",
    ),
    "SIGNATURE_EXPIRED": ("签名已过期", "the signature is too old", "重新签署", "sign again with broker sign"),
    "SIGNATURE_UNUSED": (
        "签名所指文件不在库中或未被接受",
        "the signature belongs to no document that holds",
        "删去，或提交所指文件",
        "take it out, or file its document",
    ),
    "SIGNATURE_LATE": (
        "签名晚于文件合并",
        "the signature came after its document was merged",
        "另行成文并签署",
        "file the document anew with its signature",
    ),
    "SIGNER_NOT_IN_FORCE": (
        "签名密钥未登记、未生效、已终止或不属于签署人",
        "the key is not registered, not in force, or another person's",
        "登记或更换密钥后重新签署",
        "register or rotate the key (broker keys), then sign again",
    ),
    "ROLE_MISSING": (
        "签署人没有所需职责",
        "who signed lacks the role",
        "由具有该职责的人员签署",
        "let a person sign who holds that role",
    ),
    "FILED_BY_SIGNER": (
        "签署人参与了拟办或申请",
        "who signed took part in filing",
        "由他人签署",
        "let somebody else sign",
    ),
    "DECISION_DATE": (
        "决定日期不成立",
        "the decision is dated back or ahead",
        "按签署当日重新成文",
        "date the decision on the day on which it is signed",
    ),
    "TRUST_ROOT": (
        "信任根未经核对或不符",
        "the chain of keys hangs on another first key, or on one that nobody compared",
        "与区网信办公布的指纹核对",
        "compare it with the fingerprint that the office gave out",
    ),
    "NO_DOCUMENT": (
        "不是登记库中的文件",
        "the file is no document of a registry",
        "指明登记库中的文件",
        "name a document that lies where it is to be filed",
    ),
    "NOT_AS_SHOWN": (
        "文件内容在显示之后有改动",
        "the text changed since it was shown",
        "重新阅读后再签署",
        "read it again, then sign",
    ),
    "LOAD_BALANCER_BUILT": (
        "负载均衡由平台自动开通",
        "the load balancer is built by the cloud",
        "无需办理",
        "nothing is to be done",
    ),
    "MANUAL_ITEM_OPEN": (
        "人工事项尚未办结",
        "something must be made by hand",
        "办结后提交 ManualWork",
        "file ManualWork when it is there",
    ),
    "MEASURE_BY_PEOPLE": (
        "强制处理措施由人工执行",
        "people carry the compulsory measure out",
        "执行后提交 Completion；由平台执行的，填写 action 和 systems",
        "file Completion when it is done; for what the broker carries out, say action and systems",
    ),
    "ORDER_MOOT": (
        "决定未起作用",
        "the order changes nothing",
        "予以撤回；系统须停止运行的，待原决定终止后另行作出决定",
        "withdraw it; where the system is to stand still, supersede it once what stands in its way has ended",
    ),
    "DOMAIN_MISSING": (
        "云平台缺少该域",
        "the cloud lacks the domain",
        "由服务商建立，或改正名称",
        "have the provider make it, or mend the name",
    ),
    "FLAVOR_MISSING": (
        "云平台缺少该规格",
        "the cloud lacks the flavor",
        "由服务商建立，或改正名称",
        "have the provider make it, or mend the name",
    ),
    "FLAVOR_DIFFERS": (
        "规格与文件不符",
        "the flavor is not as its document says",
        "改正其中之一",
        "mend the one or the other",
    ),
    "IMAGE_MISSING": (
        "云平台缺少该镜像",
        "the cloud lacks the image",
        "由服务商上传，或改正名称",
        "have the provider upload it, or mend the name",
    ),
    "IMAGE_NOT_READY": (
        "镜像没有内容",
        "the image has no content yet",
        "由服务商上传内容",
        "have its content uploaded",
    ),
    "IMAGE_DIFFERS": (
        "镜像与文件不符",
        "the image is not the one of its document",
        "核对镜像来源",
        "find out where it came from",
    ),
    "VOLUME_TYPE_MISSING": (
        "云平台缺少该卷类型",
        "the cloud lacks the volume type",
        "由服务商建立，或改正名称",
        "have the provider make it, or mend the name",
    ),
    "NETWORK_MISSING": (
        "云平台缺少该网络",
        "the cloud lacks the network",
        "由服务商建立，或改正名称",
        "have the provider make it, or mend the name",
    ),
    "NETWORK_OPEN": (
        "网络向不应使用的项目开放",
        "the network is open to who should not use it",
        "由服务商收回共享",
        "have the provider close it",
    ),
    "CAPABILITY_MISSING": (
        "云平台没有文件所写的能力",
        "the cloud cannot do what its document says",
        "改正文件，或由服务商提供",
        "mend the document, or have the provider offer it",
    ),
    "KEY_PAIRS_SHORT": (
        "云平台的密钥对配额少于文件所填的登录公钥",
        "the cloud lets a user have fewer key pairs than documents name login keys",
        "由服务商提高密钥对默认配额",
        "have the provider raise the default quota of key pairs",
    ),
    "CAPABILITY_UNWRITTEN": (
        "云平台的能力没有写入文件",
        "the cloud can do what its document does not say",
        "需要时写入文件",
        "write it down where it is wanted",
    ),
}


def _all() -> Iterator[tuple[str, Meaning]]:
    for code, words in _FORM.items():
        yield code, Meaning(*words)
    for rule in RULES:
        article = f"{rule.article}: {rule.source_zh}"
        yield rule.code, Meaning(rule.title_zh, rule.title, rule.cure_zh, rule.cure, "refusals.md", article)


MEANINGS: Final[Mapping[str, Meaning]] = dict(_all())
"""By code. What a rule says counts, where the form's reader has the same code."""

_HEAD: Final = """# 文件与签名的问题 · Problems of documents and signatures

What `broker check`, `verify`, `sign` and `platform check` can say before any rule is asked. This page is written
from `broker/check/meanings.py` by `make docs`; a test keeps it so. The rules' own refusals: [refusals.md](refusals.md).
"""


def problems_page() -> str:
    """The page in Markdown: every code that no rule has, with meaning and cure in both languages."""
    parts = (
        f"## {code}\n\n**{one.title_zh}** — {one.title}\n\n- Cure · 补正: {one.cure_zh} — {one.cure}"
        for code, one in sorted(MEANINGS.items())
        if one.page == "problems.md"
    )
    return "\n\n".join([_HEAD.rstrip("\n"), *parts]) + "\n"
