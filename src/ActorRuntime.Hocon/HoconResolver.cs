namespace ActorRuntime.Configuration;

/// <summary>Replaces substitutions by what they stand for and lays a key's assignments over each other.</summary>
/// <remarks>
/// A substitution sees the whole text with its includes, then the environment. Inside the value of a key, the key itself means what it was
/// before (<c>path = ${path}":/more"</c>); any other circle is an error. Every field is resolved once; depth and size are bounded.
/// </remarks>
internal sealed class HoconResolver(HoconNode.Object root, Func<string, string?> environment)
{
    private readonly List<string> _path = [];
    private int _hop;
    private int _resolving;
    private long _work;

    /// <summary>The finished value.</summary>
    /// <exception cref="ConfigurationException">Nothing to substitute, a circle, values that do not go together, too deep or too
    /// large.</exception>
    public HoconValue.Object Resolve() => Fields(root);

    private HoconValue? Resolve(HoconNode node)
    {
        if (++_resolving > HoconLimits.ResolvingMax)
            throw Error($"more than {HoconLimits.ResolvingMax} values inside or behind each other", node);
        var value = node switch
        {
            HoconNode.Known known => known.Value,
            HoconNode.Substitution substitution => Substitute(substitution),
            HoconNode.Object fields => Fields(fields),
            HoconNode.List list => List(list),
            HoconNode.Concatenation parts => Concatenate(parts),
            _ => throw Error($"unknown node {node.GetType().Name}", node),
        };
        _resolving--;
        if (value is { Weight: > HoconLimits.WeightMax }) throw Error($"larger than {HoconLimits.WeightMax} characters and values", node);
        if (value is { Depth: > HoconLimits.DepthMax }) throw Error($"nested deeper than {HoconLimits.DepthMax} levels", node);
        return value;
    }

    private HoconValue.Object Fields(HoconNode.Object node)
    {
        var items = new OrderedDictionary<string, HoconValue>();
        foreach (var (key, field) in node.Fields)
        {
            _path.Add(key);
            if (Value(field) is { } value) items.Add(key, value);
            _path.RemoveAt(_path.Count - 1);
        }
        return new HoconValue.Object(items, node.Origin);
    }

    /// <summary>The field's value; null when only optional substitutions were assigned and none is there.</summary>
    private HoconValue? Value(HoconField field)
    {
        if (field.State == HoconFieldState.Resolved) return field.Value;
        (field.State, field.Hop) = (HoconFieldState.Resolving, _hop);
        foreach (var layer in field.Layers)
        {
            field.Current = layer;
            field.Value = Over(Resolve(layer), field.Value, layer);
        }
        (field.State, field.Current) = (HoconFieldState.Resolved, null);
        return field.Value;
    }

    /// <summary>Either may be missing.</summary>
    private HoconValue? Over(HoconValue? upper, HoconValue? lower, HoconNode node)
    {
        if (upper is null || lower is null) return upper ?? lower;
        return Counted(upper.Over(lower), node);
    }

    private HoconValue.List List(HoconNode.List list)
    {
        var items = new List<HoconValue>(list.Items.Count);
        foreach (var item in list.Items)
        {
            if (Resolve(item) is { } value) items.Add(value);
        }
        return new HoconValue.List(items, list.Origin);
    }

    private HoconValue? Substitute(HoconNode.Substitution substitution)
    {
        var value = Find(root, substitution, 0) ?? (substitution.Prefix > 0 ? Find(root, substitution, substitution.Prefix) : null);
        if (value is not null) return value;
        var name = string.Join('.', substitution.Path.Skip(substitution.Prefix));
        if (environment(name) is { } text) return new HoconValue.Scalar(text, substitution.Origin);
        if (substitution.Optional) return null;
        var message = $"no such key before or beside this one and no such environment variable; ${{?{name}}} may be missing";
        throw Error($"${{{name}}}: {message}", substitution);
    }

    /// <summary>The value at the substitution's path from element <paramref name="index"/> on, below <paramref name="node"/>.</summary>
    private HoconValue? Find(HoconNode.Object node, HoconNode.Substitution substitution, int index)
    {
        if (!node.Fields.TryGetValue(substitution.Path[index], out var field)) return null;
        var rest = substitution.Path.Skip(index + 1);
        if (index == substitution.Path.Count - 1) return Value(field, substitution);
        if (field.Layers is [HoconNode.Object only]) return Find(only, substitution, index + 1);
        var lower = (Value(field, substitution) as HoconValue.Object)?.Find(rest);
        return field.Current is HoconNode.Object current ? Over(Find(current, substitution, index + 1), lower, current) : lower;
    }

    /// <summary>A field as the substitution sees it: finished, or, from inside its own value, what it was before.</summary>
    private HoconValue? Value(HoconField field, HoconNode.Substitution substitution)
    {
        if (field.State != HoconFieldState.Resolving) return Behind(field);
        return field.Hop == _hop ? field.Value : throw Error("refers to itself through other keys", substitution);
    }

    private HoconValue? Behind(HoconField field)
    {
        _hop++;
        var value = Value(field);
        _hop--;
        return value;
    }

    private HoconValue? Concatenate(HoconNode.Concatenation node)
    {
        var values = new List<(string Space, HoconValue? Value)>(node.Parts.Count);
        foreach (var (space, part) in node.Parts) values.Add((space, Resolve(part)));
        var present = values.ConvertAll(part => part.Value).FindAll(value => value is not null);
        if (present.Count == 0) return null;
        if (present.TrueForAll(value => value is HoconValue.Object))
            return present.Aggregate((lower, upper) => Over(upper, lower, node));
        if (present.Find(value => value is HoconValue.Object or HoconValue.List) is not { } first)
            return Counted(HoconValue.Scalar.Join(values, node.Origin), node);
        if (present.Find(value => value!.GetType() != first.GetType()) is { } other)
            throw Error($"{first.KindName} next to {other.KindName}: they do not go together", node);
        return Counted(new HoconValue.List([.. present.SelectMany(value => ((HoconValue.List)value!).Items)], node.Origin), node);
    }

    private HoconValue Counted(HoconValue value, HoconNode node)
    {
        _work += value.Weight;
        if (_work > HoconLimits.WorkMax) throw Error($"more than {HoconLimits.WorkMax} characters and values merged on the way", node);
        return value;
    }

    private ConfigurationException Error(string message, HoconNode node) =>
        new(new ConfigurationError(message, HoconPath.Render(_path), node.Origin));
}
