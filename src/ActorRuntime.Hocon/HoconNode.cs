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

    /// <summary><c>${path}</c>.</summary>
    public sealed class Substitution(IReadOnlyList<string> path, bool optional, int prefix, HoconOrigin origin) : HoconNode(origin)
    {
        /// <summary>What to look up, from the root of the whole text.</summary>
        public IReadOnlyList<string> Path { get; } = path;

        /// <summary>How many leading elements of <see cref="Path"/> say where the file was included; the path without them is the second
        /// choice.</summary>
        public int Prefix { get; } = prefix;

        /// <summary>Whether nothing stands in for what is not there.</summary>
        public bool Optional { get; } = optional;
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

        private HoconField Field(string key)
        {
            if (!Fields.TryGetValue(key, out var field)) Fields.Add(key, field = new HoconField());
            return field;
        }

        /// <summary>Moves the fields of <paramref name="upper"/> over those here.</summary>
        public void Merge(Object upper)
        {
            foreach (var (key, field) in upper.Fields)
            {
                var target = Field(key);
                foreach (var layer in field.Layers) target.Add(layer);
            }
        }
    }
}

/// <summary>A key's assignments, the last one on top, and how far they are resolved.</summary>
internal sealed class HoconField
{
    /// <summary>What was assigned, lowest first. Adjacent objects are merged; text and numbers drop what they hide.</summary>
    public List<HoconNode> Layers { get; } = [];

    /// <summary>The layers resolved so far, laid over each other; null while nothing is.</summary>
    public HoconValue? Value { get; set; }

    /// <summary>How far resolving has come.</summary>
    public HoconFieldState State { get; set; }

    /// <summary>The layer being resolved.</summary>
    public HoconNode? Current { get; set; }

    /// <summary>The substitution that asked for this field, counted from the outermost; tells a look back at itself from a cycle through
    /// others.</summary>
    public int Hop { get; set; }

    /// <summary>Adds an assignment on top.</summary>
    public void Add(HoconNode node)
    {
        if (node is HoconNode.Known { Value: not HoconValue.Object }) Layers.Clear();
        if (node is HoconNode.Object upper && Layers is [.., HoconNode.Object lower]) lower.Merge(upper);
        else Layers.Add(node);
    }

    /// <summary>The object on top, made when there is none.</summary>
    public HoconNode.Object Child(HoconOrigin origin)
    {
        if (Layers is [.., HoconNode.Object top]) return top;
        var child = new HoconNode.Object(origin);
        Layers.Add(child);
        return child;
    }
}

internal enum HoconFieldState
{
    Untouched,
    Resolving,
    Resolved,
}
