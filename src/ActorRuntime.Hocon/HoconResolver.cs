namespace ActorRuntime.Configuration;

/// <summary>Replaces substitutions by what they stand for and lays a key's assignments over each other.</summary>
/// <remarks>
/// A substitution sees the whole text with its includes, wherever in it the value is written; then the fallback, then the environment.
/// Where that would go round in a circle, an assignment that is a substitution sees what its key was before (<c>path =
/// ${path}":/more"</c>). What is left is missing, which is an error except for <c>${?path}</c>. Every assignment is resolved once; depth,
/// size and work are bounded.
/// </remarks>
internal sealed class HoconResolver(HoconNode.Object root, HoconOptions options)
{
    private readonly HoconValue.Object _fallback = (HoconValue.Object)options.Fallback.Root;
    private readonly List<string> _path = [];
    private int _resolving;
    private bool _wentRound;

    /// <summary>Characters and values merged and values resolved so far: what the bound on work is about.</summary>
    public long Work { get; private set; }

    /// <summary>The finished value.</summary>
    /// <exception cref="ConfigurationException">Nothing to substitute, a circle, values that do not go together, too deep or too
    /// large.</exception>
    public HoconValue.Object Resolve() => Fields(root);

    private HoconValue? Resolve(HoconNode node)
    {
        Enter(node);
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

    /// <summary>What the layers that may be seen come to; null when that is nothing.</summary>
    private HoconValue? Value(HoconField field)
    {
        var end = Math.Min(field.Visible, field.Layers.Count);
        if (field.Folded < end)
        {
            if (field.Layers[field.Folded].State == HoconLayerState.Resolving) return WentRound();
            Fold(field, end);
        }
        if (field.Failure is not null) throw field.Failure;
        return end < field.Layers.Count ? field.Value ?? WentRound() : field.Value;
    }

    private void Fold(HoconField field, int end)
    {
        var (resolving, depth) = (_resolving, _path.Count);
        while (field.Folded < end)
        {
            var layer = field.Layers[field.Folded];
            try
            {
                var value = Value(field, field.Folded);
                // A value that is no object hides what is below, and with it what was wrong below.
                if (value is not (null or HoconValue.Object)) field.Failure = null;
                field.Value = Over(value, field.Value, layer.Node);
            }
            catch (ConfigurationException e)
            {
                field.Failure ??= e;
                layer.State = HoconLayerState.Resolved;
                _resolving = resolving;
                _path.RemoveRange(depth, _path.Count - depth);
            }
            field.Folded++;
        }
    }

    /// <summary>What one layer comes to. While it is a substitution that is being replaced, its key is what it was before.</summary>
    private HoconValue? Value(HoconField field, int index)
    {
        var layer = field.Layers[index];
        if (layer.State == HoconLayerState.Resolved) return layer.Value;
        if (layer.State == HoconLayerState.Resolving) return WentRound();
        var visible = field.Visible;
        if (layer.Node is HoconNode.Substitution or HoconNode.Concatenation) field.Visible = index;
        layer.State = HoconLayerState.Resolving;
        try
        {
            layer.Value = Resolve(layer.Node);
            layer.State = HoconLayerState.Resolved;
            return layer.Value;
        }
        finally
        {
            field.Visible = visible;
            if (layer.State == HoconLayerState.Resolving) layer.State = HoconLayerState.Untouched;
        }
    }

    private HoconValue? WentRound()
    {
        _wentRound = true;
        return null;
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
        _wentRound = false;
        var scope = substitution.Scope;
        var value = Lookup(scope.Base, [.. scope.Prefix, .. substitution.Path], substitution);
        var wentRound = _wentRound;
        if (value is null && !substitution.IsOwn && (scope.Base != root || scope.Prefix.Count > 0))
            value = Lookup(root, substitution.Path, substitution);
        if (value is not null) return value;
        if (substitution.IsOwn) return null;
        var name = string.Join('.', substitution.Path);
        if (options.Environment?.Invoke(name) is { } text) return new HoconValue.Scalar(text, substitution.Origin);
        if (substitution.IsOptional) return null;
        throw Error($"${{{HoconPath.Render(substitution.Path)}}}: " + (wentRound || _wentRound
            ? "refers to itself in a circle, and there is no earlier value to look back at"
            : $"no such key before or beside this one and no such environment variable; ${{?{name}}} may be missing"), substitution);
    }

    /// <summary>What the text says at <paramref name="path"/>, over what the fallback says there.</summary>
    private HoconValue? Lookup(HoconNode.Object start, IReadOnlyList<string> path, HoconNode node)
    {
        var value = Find(start, path, 0, node);
        return start == root && value is null or HoconValue.Object ? Over(value, _fallback.Find(path), node) : value;
    }

    /// <summary>The value at <paramref name="path"/> from element <paramref name="index"/> on, below <paramref name="start"/>; only what
    /// is on the way is resolved, so that an object may refer to its own parts.</summary>
    private HoconValue? Find(HoconNode.Object start, IReadOnlyList<string> path, int index, HoconNode node)
    {
        while (start.Fields.TryGetValue(path[index], out var field))
        {
            if (++index == path.Count) return Value(field);
            if (field.Layers is not [{ Node: HoconNode.Object only }]) return Find(field, path, index, node);
            start = only;
        }
        return null;
    }

    /// <summary>The value at the rest of <paramref name="path"/> in all layers of <paramref name="field"/> that may be seen.</summary>
    private HoconValue? Find(HoconField field, IReadOnlyList<string> path, int index, HoconNode node)
    {
        Enter(node);
        HoconValue? found = null;
        for (var layer = Math.Min(field.Visible, field.Layers.Count) - 1; layer >= 0; layer--)
        {
            HoconValue? part;
            if (field.Layers[layer].Node is HoconNode.Object fields)
            {
                part = Find(fields, path, index, node);
            }
            else
            {
                if (Value(field, layer) is not { } value) continue;
                if (value is not HoconValue.Object section) break;
                part = section.Find(path.Skip(index));
            }
            found = Over(found, part, node);
            if (found is not (null or HoconValue.Object)) break;
        }
        _resolving--;
        return found;
    }

    private HoconValue? Concatenate(HoconNode.Concatenation node)
    {
        var values = new List<(string Space, HoconValue? Value)>(node.Parts.Count);
        foreach (var (space, part) in node.Parts) values.Add((space, Resolve(part)));
        var present = values.ConvertAll(part => part.Value).FindAll(value => value is not null);
        if (present.Count == 0) return null;
        if (present.TrueForAll(value => value is HoconValue.Object))
            return present.Aggregate((lower, upper) => Over(upper, lower, node));
        if (present.Exists(value => value is HoconValue.List))
        {
            var items = present.SelectMany(value => value!.AsList()?.Items ?? throw Apart(value, "a list", node));
            return Counted(new HoconValue.List([.. items], node.Origin), node);
        }
        if (present.Find(value => value is HoconValue.Object) is { } fields)
            throw Apart(present.Find(value => value is not HoconValue.Object)!, fields.KindName, node);
        return Counted(HoconValue.Scalar.Join(values, node.Origin), node);
    }

    private ConfigurationException Apart(HoconValue value, string other, HoconNode node) =>
        Error($"{value.KindName} next to {other}: they do not go together", node);

    private void Enter(HoconNode node)
    {
        if (++_resolving > HoconLimits.ResolvingMax)
            throw Error($"more than {HoconLimits.ResolvingMax} values inside or behind each other", node);
        Spend(1, node);
    }

    private HoconValue Counted(HoconValue value, HoconNode node)
    {
        Spend(value.Weight, node);
        return value;
    }

    private void Spend(long work, HoconNode node)
    {
        Work += work;
        if (Work > HoconLimits.WorkMax) throw Error($"more than {HoconLimits.WorkMax} characters and values merged on the way", node);
    }

    private ConfigurationException Error(string message, HoconNode node) =>
        new(new ConfigurationError(message, HoconPath.Render(_path), node.Origin));
}
