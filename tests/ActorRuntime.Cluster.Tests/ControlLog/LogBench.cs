using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;
using static ActorRuntime.Cluster.Tests.ControlLog.TestLog;

namespace ActorRuntime.Cluster.Tests.ControlLog;

/// <summary>Cores, their store, and the shell's duties done by hand.</summary>
internal sealed class LogBench
{
    private readonly Dictionary<LogCore, Queue<LogEffect>> _calls = [];
    private readonly Dictionary<LogCore, List<LogEffect>> _effects = [];
    private readonly Dictionary<LogCore, LogOptions> _options = [];

    public InMemoryControlLog Log { get; private set; } = new(new ControlLogIdentity(1, new byte[32]), TimeProvider.System);

    public InMemoryControlLogStore Store { get; private set; }

    public MonotonicTime Now { get; private set; } = new(0);

    public List<LogCore> Cores { get; } = [];

    public List<ProposalOutcome> Replies { get; } = [];

    public List<ControlLogRow> Pushed { get; } = [];

    public List<bool> Reachable { get; } = [];

    public List<string> Stopped { get; } = [];

    public List<bool> Forked { get; } = [];

    public int Resumed { get; private set; }

    public List<LogMark> Remembered { get; } = [];

    /// <summary>The newest mark of each node, as its data-dir holds it.</summary>
    public Dictionary<string, LogMark> Marks { get; } = [];

    public List<string> Notices { get; } = [];

    public LogBench() => Store = new InMemoryControlLogStore(Log);

    public static Decision Change(ClusterView view, string why) => new(view.Version, 0, [], why);

    public LogCore Core(string name, LogOptions? options = null, LogMemory? memory = null) => Core(Key(name), options, memory);

    public LogCore Core(NodeKey self, LogOptions? options = null, LogMemory? memory = null)
    {
        var core = new LogCore(self, options ?? new LogOptions(), () => DateTimeOffset.UnixEpoch, memory ?? new LogMemory(1));
        Cores.Add(core);
        _options.Add(core, options ?? new LogOptions());
        _calls.Add(core, []);
        _effects.Add(core, []);
        core.Start(Now, Effects(core));
        return core;
    }

    public List<LogEffect> Effects(LogCore core)
    {
        Take(core);
        return _effects[core];
    }

    public void Propose(LogCore core, string why, bool once = false)
    {
        core.Propose(view => once && Whys().Contains(why) ? null : Change(view, why), Now, Effects(core));
        Take(core);
    }

    /// <summary>Puts a backup in place of the store.</summary>
    public void Restore(InMemoryControlLog backup)
    {
        Log = backup;
        Store = new InMemoryControlLogStore(backup);
    }

    /// <summary>Proposes changes and waits until they are committed.</summary>
    public void Commit(LogCore core, params ControlChange[] changes)
    {
        var version = core.View.Version;
        core.Propose(view => new Decision(view.Version, view.Orchestrator?.Term ?? 0, [.. changes], "test"), Now, Effects(core));
        Run(core);
        if (core.View.Version <= version) throw new InvalidOperationException("not committed");
    }

    public void ReplaceStore(params string[] whys)
    {
        Log = new(new ControlLogIdentity(1, new byte[32]), TimeProvider.System);
        var other = new TestLog();
        foreach (var why in whys)
        {
            var text = EntryCodec.Encode(new LogEntry(other.View.Version + 1, other.View.Digest, why, Key("x"), 0, default, why, []));
            Append(text);
            other.Commit(Key("x"), 0);
        }
        Store = new InMemoryControlLogStore(Log);
    }

    public void Append(string text) =>
        new InMemoryControlLogStore(Log).AppendAsync(new(Log.Head, text, text, []), default).AsTask().GetAwaiter().GetResult();

    public List<string> Whys()
    {
        var rows = new InMemoryControlLogStore(Log).ReadAsync(1, 10_000, default).AsTask().GetAwaiter().GetResult();
        return [.. rows.Select(row => EntryCodec.Decode(row.Text).Why)];
    }

    /// <summary>Answers calls until nothing is asked at this time, and a little later.</summary>
    public void Run(LogCore core) => RunFor(core, TimeSpan.FromMilliseconds(200));

    public void RunFor(LogCore core, TimeSpan time)
    {
        var end = Now + time;
        while (Now < end)
        {
            for (var i = 0; i < 50 && Step(core); i++) { }
            Wait(core, TimeSpan.FromMilliseconds(10));
        }
    }

    public void Wait(LogCore core, TimeSpan time)
    {
        Now += time;
        core.OnTime(Now, Effects(core));
        Take(core);
    }

    /// <summary>Answers one store call.</summary>
    public bool Step(LogCore core)
    {
        Take(core);
        if (!_calls[core].TryDequeue(out var call)) return false;
        try
        {
            switch (call)
            {
                case LogEffect.ReadBase read:
                    core.OnBase(Store.ReadBaseAsync(read.Known, default).AsTask().GetAwaiter().GetResult(), Now, Effects(core));
                    break;
                case LogEffect.ReadHead:
                    core.OnHead(Store.ReadHeadAsync(default).AsTask().GetAwaiter().GetResult(), Now, Effects(core));
                    break;
                case LogEffect.Read read:
                    core.OnRows(Store.ReadAsync(read.From, _options[core].ReadRows, default).AsTask().GetAwaiter().GetResult(), Now, Effects(core));
                    break;
                case LogEffect.Append append:
                    core.OnAppended(Store.AppendAsync(append.Row, default).AsTask().GetAwaiter().GetResult(), Now, Effects(core));
                    break;
            }
        }
        catch (StoreUnreachableException e)
        {
            core.OnUnreachable(e.Message, Now, Effects(core));
        }
        Take(core);
        return true;
    }

    private void Take(LogCore core)
    {
        foreach (var effect in _effects[core])
        {
            switch (effect)
            {
                case LogEffect.Reply reply:
                    Replies.Add(reply.Outcome);
                    break;
                case LogEffect.Push push:
                    Pushed.Add(push.Row);
                    break;
                case LogEffect.StoreReachable reachable:
                    Reachable.Add(reachable.IsReachable);
                    break;
                case LogEffect.Stopped stopped:
                    Stopped.Add(stopped.Reason);
                    Forked.Add(stopped.IsForked);
                    break;
                case LogEffect.ViewMoved:
                    break;
                case LogEffect.Resumed:
                    Resumed++;
                    break;
                case LogEffect.Remember remember:
                    Marks[core.Self.Name] = remember.Mark;
                    Remembered.Add(remember.Mark);
                    break;
                case LogEffect.Notice notice:
                    Notices.Add(notice.Text);
                    break;
                default:
                    _calls[core].Enqueue(effect);
                    break;
            }
        }
        _effects[core].Clear();
    }
}
