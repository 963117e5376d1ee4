namespace ActorRuntime.Configuration;

/// <summary>Turns a text and what it includes into a tree of nodes. Recurses once per level of nesting, which is bounded.</summary>
internal sealed class HoconParser
{
    private readonly HoconLexer _lexer;
    private readonly string _file;
    private readonly HoconParser? _includedBy;
    private readonly IReadOnlyList<string> _prefix;
    private readonly HoconIncluder _includer;
    private readonly IncludeCount _includes;
    private readonly List<string> _path = [];
    private HoconToken _token;
    private int _depth;
    private int _hidden;

    private HoconParser(string text, string file, HoconIncluder includer, HoconParser? includedBy, IReadOnlyList<string> prefix)
    {
        if (text.Length > HoconLimits.TextCharsMax)
            throw new ConfigurationException(
                new ConfigurationError($"{text.Length} characters; at most {HoconLimits.TextCharsMax} are read", "",
                    new HoconOrigin(file, 1)));
        (_lexer, _file, _includer, _includedBy, _prefix) = (new HoconLexer(text, file), file, includer, includedBy, prefix);
        _includes = includedBy?._includes ?? new IncludeCount();
        _depth = includedBy?._depth ?? 0;
        _token = _lexer.Next();
    }

    /// <summary>Reads <paramref name="text"/>.</summary>
    /// <exception cref="ConfigurationException">The first thing that is not HOCON, with file and line.</exception>
    public static HoconNode.Object Parse(string text, string file, HoconIncluder includer)
    {
        var root = new HoconNode.Object(new HoconOrigin(file, 1));
        new HoconParser(text, file, includer, null, []).ParseRoot(root);
        return root;
    }

    private HoconOrigin Here => new(_file, _token.Line);

    private void ParseRoot(HoconNode.Object target)
    {
        SkipNewLines();
        if (_token.Kind == HoconTokenKind.BracketOpen) throw Error("the top of a configuration is an object, not a list");
        var braces = _token.Kind == HoconTokenKind.BraceOpen;
        if (braces) Advance();
        ParseFields(target, braces ? HoconTokenKind.BraceClose : HoconTokenKind.End);
        if (braces) Advance();
        SkipNewLines();
        if (_token.Kind != HoconTokenKind.End) throw Error($"{_token.Name} after the end of the configuration");
    }

    /// <summary>Fields up to and without <paramref name="end"/>.</summary>
    private void ParseFields(HoconNode.Object target, HoconTokenKind end)
    {
        for (SkipNewLines(); _token.Kind != end; SkipSeparator(end)) ParseField(target);
    }

    private void ParseField(HoconNode.Object target)
    {
        var origin = Here;
        if (_token.Kind is not (HoconTokenKind.Unquoted or HoconTokenKind.Quoted))
            throw Error($"{_token.Name} where a key or '}}' is expected");

        var first = _token;
        Advance();
        if (first is { Kind: HoconTokenKind.Unquoted, Text: "include" } && IncludeFollows())
        {
            Include(target, origin);
            return;
        }
        var path = ParseKey(first);
        SkipNewLines();
        var mark = _token.Kind;
        if (mark is HoconTokenKind.Colon or HoconTokenKind.Equals or HoconTokenKind.PlusEquals)
        {
            Advance();
            SkipNewLines();
        }
        else if (mark != HoconTokenKind.BraceOpen)
        {
            throw new ConfigurationException(new ConfigurationError(
                $"has no value: '=', ':' or '{{' expected, {_token.Name} found", HoconPath.Render(_path.Concat(path)), origin));
        }
        _path.AddRange(path);
        if (_prefix.Count + _path.Count > HoconLimits.DepthMax) throw TooDeep();
        if (mark == HoconTokenKind.PlusEquals && _hidden > 0)
            throw Error("+= inside a list or behind another value is not known; write the whole list");
        var value = ParseValue();
        if (mark == HoconTokenKind.PlusEquals) value = Appended(value);
        target.Set(path, value);
        _path.RemoveRange(_path.Count - path.Count, path.Count);
    }

    /// <summary><c>key += value</c> is <c>key = ${?key} [value]</c>.</summary>
    private HoconNode.Concatenation Appended(HoconNode value) => new([
        ("", new HoconNode.Substitution([.. _prefix, .. _path], optional: true, 0, value.Origin)),
        ("", new HoconNode.List([value], value.Origin))]);

    private List<string> ParseKey(HoconToken first)
    {
        var builder = new HoconPathBuilder();
        var line = first.Line;
        try
        {
            Add(first);
            for (; _token.Kind is HoconTokenKind.Unquoted or HoconTokenKind.Quoted; Advance())
            {
                if (_token.Space.Length > 0) builder.AddQuoted(_token.Space);
                Add(_token);
            }
            return builder.Build();
        }
        catch (FormatException e)
        {
            throw new ConfigurationException(new ConfigurationError(e.Message, "", new HoconOrigin(_file, line)), e);
        }

        void Add(HoconToken token)
        {
            if (token.Kind == HoconTokenKind.Quoted) builder.AddQuoted(token.Text);
            else builder.AddUnquoted(token.Text);
        }
    }

    private HoconNode ParseValue()
    {
        var parts = new List<(string Space, HoconNode Node)>();
        while (ParsePart(isFirst: parts.Count == 0) is { } part) parts.Add(part);
        return parts switch
        {
            [] => throw Error($"{_token.Name} where a value is expected"),
            [var (_, only)] => only,
            _ when parts.TrueForAll(part => part.Node is HoconNode.Known) => new HoconNode.Known(
                HoconValue.Scalar.Join(parts.ConvertAll(part => (part.Space, (HoconValue?)((HoconNode.Known)part.Node).Value)),
                    parts[0].Node.Origin)),
            _ => new HoconNode.Concatenation(parts),
        };
    }

    /// <summary>The next of the values side by side; null where the value ends.</summary>
    private (string Space, HoconNode Node)? ParsePart(bool isFirst)
    {
        var (space, origin, token) = (_token.Space, Here, _token);
        switch (token.Kind)
        {
            case HoconTokenKind.Unquoted when token.Text == "null":
                Advance();
                return (space, new HoconNode.Known(new HoconValue.Null(origin)));
            case HoconTokenKind.Unquoted or HoconTokenKind.Quoted:
                Advance();
                return (space, new HoconNode.Known(new HoconValue.Scalar(token.Text, origin)));
            case HoconTokenKind.Substitution or HoconTokenKind.OptionalSubstitution:
                Advance();
                return (space, Substitution(token, origin));
            case HoconTokenKind.BraceOpen:
                return (space, Nested(ParseObject, hidden: !isFirst));
            case HoconTokenKind.BracketOpen:
                return (space, Nested(ParseList, hidden: true));
            case HoconTokenKind.Colon or HoconTokenKind.Equals or HoconTokenKind.PlusEquals:
                throw Error($"{_token.Name} inside a value; put the value in \"quotes\", or the next key on a line of its own");
            default:
                return null;
        }
    }

    private HoconNode.Substitution Substitution(HoconToken token, HoconOrigin origin)
    {
        try
        {
            var path = HoconPath.Parse(token.Text);
            var optional = token.Kind == HoconTokenKind.OptionalSubstitution;
            return new HoconNode.Substitution([.. _prefix, .. path], optional, _prefix.Count, origin);
        }
        catch (FormatException e)
        {
            throw new ConfigurationException(new ConfigurationError($"{token.Name}: {e.Message}", HoconPath.Render(_path), origin), e);
        }
    }

    /// <param name="parse">Reads the value.</param>
    /// <param name="hidden">True where paths do not reach: in lists, and in objects that another value stands before.</param>
    private HoconNode Nested(Func<HoconNode> parse, bool hidden)
    {
        if (++_depth > HoconLimits.DepthMax) throw TooDeep();
        if (hidden) _hidden++;
        var node = parse();
        if (hidden) _hidden--;
        _depth--;
        return node;
    }

    private ConfigurationException TooDeep() => Error($"nested deeper than {HoconLimits.DepthMax} levels");

    private HoconNode.Object ParseObject()
    {
        var node = new HoconNode.Object(Here);
        Advance();
        ParseFields(node, HoconTokenKind.BraceClose);
        Advance();
        return node;
    }

    private HoconNode.List ParseList()
    {
        var origin = Here;
        var items = new List<HoconNode>();
        Advance();
        for (SkipNewLines(); _token.Kind != HoconTokenKind.BracketClose; SkipSeparator(HoconTokenKind.BracketClose))
            items.Add(ParseValue());
        Advance();
        return new HoconNode.List(items, origin);
    }

    /// <summary>True for <c>"…"</c>, <c>file(</c> and the like: what else may follow the word is a key or a separator.</summary>
    private bool IncludeFollows() =>
        _token.Kind == HoconTokenKind.Quoted
        || (_token.Kind == HoconTokenKind.Unquoted && _token.Space.Length > 0 && _token.Text.Contains('('));

    private void Include(HoconNode.Object target, HoconOrigin origin)
    {
        if (_token.Kind != HoconTokenKind.Quoted)
            throw Error($"include {_token.Text}…: only include \"file\" is known, relative to the file it stands in");
        if (_hidden > 0) throw Error("include inside a list or behind another value is not known");
        var name = _token.Text;
        Advance();
        if (++_includes.Value > HoconLimits.IncludesMax) throw Error($"more than {HoconLimits.IncludesMax} includes in one configuration");
        var included = _includer(name, origin);
        if (included.Value is { } value)
        {
            if (value is not HoconValue.Object fields) throw Error($"include \"{name}\" is {value.KindName}, not an object");
            foreach (var (key, item) in fields.Items) target.Set([key], new HoconNode.Known(item));
            return;
        }
        for (var parser = this; parser is not null; parser = parser._includedBy)
        {
            if (Path.GetFullPath(parser._file) == Path.GetFullPath(included.File))
                throw new ConfigurationException(new ConfigurationError($"include \"{name}\" closes a circle of includes", "", origin));
        }
        new HoconParser(included.Text, included.File, _includer, this, [.. _prefix, .. _path]).ParseRoot(target);
    }

    private void SkipSeparator(HoconTokenKind end)
    {
        var newLine = _token.Kind == HoconTokenKind.NewLine;
        SkipNewLines();
        var comma = _token.Kind == HoconTokenKind.Comma;
        if (comma) Advance();
        SkipNewLines();
        if (_token.Kind == end || newLine || comma) return;
        throw Error(_token.Kind == HoconTokenKind.End
            ? $"the text ends before {(end == HoconTokenKind.BracketClose ? "']'" : "'}'")}"
            : $"{_token.Name} where a comma, a new line or the end is expected");
    }

    private void SkipNewLines()
    {
        while (_token.Kind == HoconTokenKind.NewLine) Advance();
    }

    private void Advance() => _token = _lexer.Next();

    private ConfigurationException Error(string message) => new(new ConfigurationError(message, HoconPath.Render(_path), Here));

    private sealed class IncludeCount
    {
        public int Value { get; set; }
    }
}
