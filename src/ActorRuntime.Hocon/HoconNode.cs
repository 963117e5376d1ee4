namespace ActorRuntime.Configuration;

/// <summary>A value as written, before substitutions are known.</summary>
internal abstract class HoconNode
{
    private HoconNode(HoconOrigin origin) => Origin = origin;

    /// <summary>Where it starts.</summary>
    public HoconOrigin Origin { get; }

    /// <summary>A value that needs nothing more.</summary>
    public sealed class Known(HoconValue value) : HoconNode(value.Origin)
    {
        public HoconValue Value { get; } = value;
    }

    /// <summary><c>${path}</c>, or the key itself as it was before <c>+=</c>.</summary>
    public sealed class Substitution(HoconScope scope, IReadOnlyList<string> path, HoconOrigin origin) : HoconNode(origin)
    {
        /// <summary>Where to look first.</summary>
        public HoconScope Scope { get; } = scope;

        /// <summary>What to look up in there, and then from the root of everything.</summary>
        public IReadOnlyList<string> Path { get; } = path;

        /// <summary>Whether nothing stands in for what is not there.</summary>
        public bool IsOptional { get; init; }

        /// <summary>Whether it stands for the key's own earlier value: looked for in its scope only.</summary>
        public bool IsOwn { get; init; }
    }

    /// <summary>Values side by side, with the white space before each.</summary>
    public sealed class Concatenation(IReadOnlyList<(string Space, HoconNode Node)> parts) : HoconNode(parts[0].Node.Origin)
    {
        public IReadOnlyList<(string Space, HoconNode Node)> Parts { get; } = parts;
    }

    /// <summary>A list.</summary>
    public sealed class List(IReadOnlyList<HoconNode> items, HoconOrigin origin) : HoconNode(origin)
    {
        public IReadOnlyList<HoconNode> Items { get; } = items;
    }

    /// <summary>An object under construction.</summary>
    public sealed class Object(HoconOrigin origin) : HoconNode(origin)
    {
        /// <summary>Fields in the order first written.</summary>
        public OrderedDictionary<string, HoconField> Fields { get; } = [];

        /// <summary>Lays <paramref name="node"/> over what <paramref name="path"/> holds so far.</summary>
        public void Set(IReadOnlyList<string> path, HoconNode node)
        {
            var target = this;
            for (var index = 0; index < path.Count - 1; index++) target = target.Field(path[index]).Child(node.Origin);
            target.Field(path[^1]).Add(node);
        }

        /// <summary>Moves the fields of <paramref name="upper"/> over those here.</summary>
        public void Merge(Object upper)
        {
            foreach (var (key, field) in upper.Fields)
            {
                var target = Field(key);
                foreach (var layer in field.Layers) target.Add(layer.Node);
            }
        }

        private HoconField Field(string key)
        {
            if (!Fields.TryGetValue(key, out var field)) Fields.Add(key, field = new HoconField());
            return field;
        }
    }
}

/// <summary>The object that the paths of a text start in, and where in it: what an include stands in.</summary>
internal sealed record HoconScope(HoconNode.Object Base, IReadOnlyList<string> Prefix);

/// <summary>A key's assignments, the last one on top, and how far they are resolved.</summary>
internal sealed class HoconField
{
    /// <summary>What was assigned, lowest first. Adjacent objects are merged; text and numbers drop what they hide.</summary>
    public List<HoconLayer> Layers { get; } = [];

    /// <summary>Layers a substitution sees: fewer than all while one of them is being replaced that must look back.</summary>
    public int Visible { get; set; } = int.MaxValue;

    /// <summary>Layers laid over each other so far.</summary>
    public int Folded { get; set; }

    /// <summary>The value of those layers; null while they have none.</summary>
    public HoconValue? Value { get; set; }

    /// <summary>Why the layers have no value; forgotten when a layer above hides them.</summary>
    public ConfigurationException? Failure { get; set; }

    /// <summary>Adds an assignment on top.</summary>
    public void Add(HoconNode node)
    {
        if (node is HoconNode.Known { Value: not HoconValue.Object } or HoconNode.List) Layers.Clear();
        if (node is HoconNode.Object upper && Top is { } lower) lower.Merge(upper);
        else Layers.Add(new HoconLayer(node));
    }

    /// <summary>The object on top, made when there is none.</summary>
    public HoconNode.Object Child(HoconOrigin origin)
    {
        if (Top is { } top) return top;
        var child = new HoconNode.Object(origin);
        Layers.Add(new HoconLayer(child));
        return child;
    }

    private HoconNode.Object? Top => Layers.Count > 0 ? Layers[^1].Node as HoconNode.Object : null;
}

/// <summary>One assignment of a key.</summary>
internal sealed class HoconLayer(HoconNode node)
{
    /// <summary>What was assigned.</summary>
    public HoconNode Node { get; } = node;

    /// <summary>What it came to; null also when only optional substitutions were assigned and none is there.</summary>
    public HoconValue? Value { get; set; }

    /// <summary>How far resolving has come.</summary>
    public HoconLayerState State { get; set; }
}

internal enum HoconLayerState
{
    Untouched,
    Resolving,
    Resolved,
}
