using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Shards.Memory;

/// <summary>Which units of a shard are remembered: recorded durably, so that whoever leads the shard next starts them again.</summary>
/// <remarks>
/// Sans-IO. Model: a record in the shard's log takes changes in batches, one at a time; the answer may be missing, and then the record is
/// read again, because the batch may or may not be in it. The log's fence keeps a former leader from changing it.
/// Invariants: a unit counts as remembered only while the record is known to hold it (a unit runs only after that); what is asked last wins;
/// two changes of one unit are never under way at once.
/// </remarks>
internal sealed class UnitMemory
{
    /// <summary>Units in one batch; the others follow in the next.</summary>
    public const int BatchMax = 1_000;

    private readonly HashSet<string> _recorded = new(StringComparer.Ordinal); // Looked up and counted only.
    private readonly SortedDictionary<string, bool> _wanted = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, bool> _underWay = new(StringComparer.Ordinal);

    /// <summary>The record was read: what is remembered is known.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Units in the record as it is known.</summary>
    public int Count => _recorded.Count;

    /// <summary>True when the unit is in the record, and no change of that is under way.</summary>
    public bool IsRemembered(string id) => _recorded.Contains(id) && !_underWay.ContainsKey(id) && !_wanted.ContainsKey(id);

    /// <summary>The record was read; also when it was lost from sight in between. What was asked meanwhile still counts.</summary>
    public void OnLoaded(IReadOnlyCollection<string> units)
    {
        _recorded.Clear();
        _recorded.UnionWith(units);
        TakeBack();
        IsLoaded = true;
        foreach (var (id, remember) in _wanted.ToArray())
            if (remember == _recorded.Contains(id)) _wanted.Remove(id);
    }

    /// <summary>Asks that a unit is remembered.</summary>
    /// <returns>True when it is: it may run. False: <see cref="OnRecorded"/> or <see cref="OnLoaded"/> come first.</returns>
    public bool Remember(string id)
    {
        Want(id, true);
        return IsLoaded && IsRemembered(id);
    }

    /// <summary>Asks that a unit is remembered no more.</summary>
    public void Forget(string id) => Want(id, false);

    /// <summary>The next changes to record; null while there are none, or others are under way.</summary>
    public (IReadOnlyList<string> Started, IReadOnlyList<string> Stopped)? TryNext()
    {
        if (!IsLoaded || _underWay.Count > 0 || _wanted.Count == 0) return null;
        var (started, stopped) = (new List<string>(), new List<string>());
        foreach (var (id, remember) in _wanted)
        {
            if (_underWay.Count >= BatchMax) break;
            _underWay.Add(id, remember);
            (remember ? started : stopped).Add(id);
        }
        foreach (var id in _underWay.Keys) _wanted.Remove(id);
        return (started, stopped);
    }

    /// <summary>The changes under way are recorded.</summary>
    /// <returns>Units remembered by them.</returns>
    public IReadOnlyList<string> OnRecorded()
    {
        Invariant.Holds(IsLoaded);
        var remembered = new List<string>();
        foreach (var (id, remember) in _underWay)
        {
            if (!remember)
            {
                _recorded.Remove(id);
                continue;
            }
            _recorded.Add(id);
            remembered.Add(id);
        }
        _underWay.Clear();
        remembered.RemoveAll(id => !IsRemembered(id));
        return remembered;
    }

    /// <summary>What became of the changes under way is unknown until the record is read again.</summary>
    public void OnLost()
    {
        TakeBack();
        IsLoaded = false;
    }

    private void Want(string id, bool remember)
    {
        var isSettled = IsLoaded && !_underWay.ContainsKey(id) && _recorded.Contains(id) == remember;
        if (isSettled || (_underWay.TryGetValue(id, out var soon) && soon == remember)) _wanted.Remove(id);
        else _wanted[id] = remember;
    }

    private void TakeBack()
    {
        foreach (var (id, remember) in _underWay) _wanted.TryAdd(id, remember);
        _underWay.Clear();
    }
}
