namespace ActorRuntime.Configuration;

/// <summary>Turns a text and what it includes into a tree of nodes. Recurses once per level of nesting, which is bounded.</summary>
internal sealed class HoconParser
{
    private readonly HoconLexer _lexer;
    private readonly string _file;
    private readonly HoconParser? _includedBy;
    private readonly HoconIncluder _includer;
    private readonly IncludeCount _includes;

    /// <summary>Where the paths of this text start.</summary>
    private readonly HoconScope _scope;
    private readonly List<string> _path = [];

    /// <summary>The object that the path of the key at hand starts in: what is inside a list has no path from the root.</summary>
    private Reach _ofKey;

    /// <summary>The object that paths of an include start in: an object behind another value cannot be seen from the root either.</summary>
    private Reach _ofInclude;
    private bool _inList;
    private HoconToken _token;
    private int _depth;

    private HoconParser(string text, string file, HoconIncluder includer, HoconParser? includedBy, HoconScope scope)
    {
        if (text.Length > HoconLimits.TextCharsMax)
            throw new ConfigurationException(
                new ConfigurationError($"{text.Length} characters; at most {HoconLimits.TextCharsMax} are read", "",
                    new HoconOrigin(file, 1)));
        (_lexer, _file, _includer, _includedBy, _scope) = (new HoconLexer(text, file), file, includer, includedBy, scope);
        _ofKey = _ofInclude = new Reach(scope, 0);
        _includes = includedBy?._includes ?? new IncludeCount();
        _depth = includedBy?._depth ?? 0;
        _token = _lexer.Next();
    }

    /// <summary>Reads <paramref name="text"/>.</summary>
    /// <exception cref="ConfigurationException">The first thing that is not HOCON, with file and line.</exception>
    public static HoconNode.Object Parse(string text, string file, HoconIncluder includer)
    {
        var root = new HoconNode.Object(new HoconOrigin(file, 1));
        new HoconParser(text, file, includer, null, new HoconScope(root, [])).ParseRoot(root);
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
        if (first is { Kind: HoconTokenKind.Unquoted, Text: "include" })
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
        if (_scope.Prefix.Count + _path.Count > HoconLimits.DepthMax) throw TooDeep();
        var value = ParseValue();
        if (mark == HoconTokenKind.PlusEquals) value = Appended(value);
        target.Set(path, value);
        _path.RemoveRange(_path.Count - path.Count, path.Count);
    }

    /// <summary><c>key += value</c> is <c>key = ${?key} [value]</c>.</summary>
    private HoconNode.Concatenation Appended(HoconNode value) => new([
        ("", new HoconNode.Substitution(_ofKey.Scope, _path[_ofKey.Skipped..], value.Origin) { IsOptional = true, IsOwn = true }),
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
        while (ParsePart(isBehind: parts.Count > 0) is { } part)
        {
            if (part.Node is HoconNode.Object upper && parts is [.., (_, HoconNode.Object lower)]) lower.Merge(upper);
            else parts.Add(part);
        }
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
    private (string Space, HoconNode Node)? ParsePart(bool isBehind)
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
                return (space, Nested(() => ParseObject(isBehind)));
            case HoconTokenKind.BracketOpen:
                return (space, Nested(ParseList));
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
            return new HoconNode.Substitution(_scope, HoconPath.ParseStrictly(token.Text), origin)
            {
                IsOptional = token.Kind == HoconTokenKind.OptionalSubstitution,
            };
        }
        catch (FormatException e)
        {
            throw new ConfigurationException(new ConfigurationError($"{token.Name}: {e.Message}", HoconPath.Render(_path), origin), e);
        }
    }

    private HoconNode Nested(Func<HoconNode> parse)
    {
        if (++_depth > HoconLimits.DepthMax) throw TooDeep();
        var node = parse();
        _depth--;
        return node;
    }

    private ConfigurationException TooDeep() => Error($"nested deeper than {HoconLimits.DepthMax} levels");

    /// <param name="isBehind">Whether another value stands before it.</param>
    private HoconNode.Object ParseObject(bool isBehind)
    {
        var node = new HoconNode.Object(Here);
        var (ofKey, ofInclude, inList) = (_ofKey, _ofInclude, _inList);
        var own = new Reach(new HoconScope(node, []), _path.Count);
        if (inList) _ofKey = own;
        if (inList || isBehind) _ofInclude = own;
        _inList = false;
        Advance();
        ParseFields(node, HoconTokenKind.BraceClose);
        Advance();
        (_ofKey, _ofInclude, _inList) = (ofKey, ofInclude, inList);
        return node;
    }

    private HoconNode.List ParseList()
    {
        var origin = Here;
        var items = new List<HoconNode>();
        var inList = _inList;
        _inList = true;
        Advance();
        for (SkipNewLines(); _token.Kind != HoconTokenKind.BracketClose; SkipSeparator(HoconTokenKind.BracketClose))
            items.Add(ParseValue());
        Advance();
        _inList = inList;
        return new HoconNode.List(items, origin);
    }

    private void Include(HoconNode.Object target, HoconOrigin origin)
    {
        var include = ParseInclude();
        if (++_includes.Value > HoconLimits.IncludesMax) throw Error($"more than {HoconLimits.IncludesMax} includes in one configuration");
        var found = _includer(include, origin);
        if (found.Count == 0 && include.IsRequired)
            throw new ConfigurationException(
                new ConfigurationError($"include required(\"{include.Name}\"): there is nothing of this name", "", origin));
        foreach (var included in found) Include(included, include.Name, target, origin);
    }

    /// <summary>What stands between the word <c>include</c> and the end of the statement.</summary>
    private HoconInclude ParseInclude()
    {
        var head = "";
        for (SkipNewLines(); _token.Kind == HoconTokenKind.Unquoted && head.Length < HoconInclude.HeadMax; Advance()) head += _token.Text;
        if (_token.Kind != HoconTokenKind.Quoted || HoconInclude.From(head, _token.Text) is not { } include)
        {
            throw Error($"include {head}{(_token.Kind == HoconTokenKind.Quoted ? "…" : _token.Name)}: known are include \"name\", "
                + "file(\"name\"), resource(\"name\") and required(…) around them; a key of this name is written \"include\"");
        }
        Advance();
        var open = head.Count(c => c == '(');
        for (; _token.Kind == HoconTokenKind.Unquoted && _token.Text.Length <= open && _token.Text.All(c => c == ')'); Advance())
            open -= _token.Text.Length;
        return open == 0 ? include : throw Error($"include {head}\"{include.Name}\": {open} ')' expected, {_token.Name} found");
    }

    private void Include(HoconIncluded included, string name, HoconNode.Object target, HoconOrigin origin)
    {
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
        var scope = new HoconScope(_ofInclude.Scope.Base, [.. _ofInclude.Scope.Prefix, .. _path[_ofInclude.Skipped..]]);
        new HoconParser(included.Text, included.File, _includer, this, scope).ParseRoot(target);
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

    /// <summary>An object, and how many keys of <see cref="_path"/> lead to it.</summary>
    private readonly record struct Reach(HoconScope Scope, int Skipped);

    private sealed class IncludeCount
    {
        public int Value { get; set; }
    }
}
