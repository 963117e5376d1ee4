using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Membership;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;
using Xunit;
using static ActorRuntime.Cluster.Tests.ControlLog.TestLog;

namespace ActorRuntime.Cluster.Tests.ControlLog;

/// <summary>
/// Goal: whatever is compacted, when and by whom, every node derives the view that the whole log gives; and after a restored backup nobody decides
/// on it before an operator says so, and then no version is granted twice.
/// Method: four nodes of which the orchestrator changes, checkpoints every few entries, a store that loses, delays and hides answers and goes
/// away, nodes that sleep and restart with what they remember. An oracle reads every row as it is committed and folds it by itself.
/// </summary>
public sealed class LogSimulationTests
{
    private static readonly string[] Names = ["a", "b", "c", "d"];

    [Fact, Trait("Requirement", "CL-8")]
    public void Views_are_those_of_the_whole_log_whatever_was_compacted()
    {
        var (compactions, unknowns, behind) = (0, 0, 0);
        for (var seed = 1UL; seed <= 200; seed++)
        {
            var run = new Run(seed);
            run.Play(400);
            run.Settle();
            run.CheckAgreement();
            compactions += run.Compactions;
            unknowns += run.Unknowns;
            behind += run.CheckpointsTaken;
        }
        Assert.True(compactions > 300 && unknowns > 100 && behind > 30, $"too tame: {compactions} compactions, {unknowns} unknown, {behind} checkpoints taken");
    }

    [Fact, Trait("Requirement", "CL-8")]
    public void A_restored_backup_is_refused_until_it_is_adopted_and_no_version_is_granted_twice()
    {
        for (var seed = 1UL; seed <= 200; seed++)
        {
            var run = new Run(seed);
            run.Play(80);
            run.Settle();
            var backup = run.TakeBackup();
            run.Play(120);
            run.Settle();
            Assert.True(run.AllRememberMoreThan(backup.Log.Head), $"seed {seed}: somebody remembers nothing");
            run.CheckAgreement();

            run.RestoreAndRestart(backup, adopter: null);
            var head = run.Head;
            run.Play(60);
            run.Settle();
            Assert.True(run.Head == head, $"seed {seed}: somebody wrote to a restored log");
            Assert.True(run.AllStopped, $"seed {seed}: somebody decides on a restored log");

            run.RestoreAndRestart(backup, adopter: Names[seed % 4]);
            run.Play(120);
            run.Settle();
            run.CheckAgreement();
        }
    }

    [Fact]
    public void Same_seed_gives_the_same_history() => Assert.Equal(History(7), History(7));

    private static string History(ulong seed)
    {
        var run = new Run(seed);
        run.Play(200);
        run.Settle();
        return run.Digest;
    }

    private sealed class Run
    {
        private static readonly LogOptions Options = new() { CompactAfter = 9, CompactKeep = 4, TailRows = 8, ReadRows = 8, RememberInterval = TimeSpan.FromMilliseconds(20) };

        private readonly LogBench _bench = new();
        private readonly Prng _random;
        private readonly ulong _seed;
        private readonly LogCore[] _cores = new LogCore[4];
        private readonly Dictionary<long, string> _granted = []; // Of all histories: version → digest.
        private readonly HashSet<ProposalOutcome> _counts = new(ReferenceEqualityComparer.Instance);
        private ClusterView _oracle = ClusterView.Empty;
        private int _proposals;
        private ulong _incarnations = 1;

        public Run(ulong seed)
        {
            (_seed, _random) = (seed, new Prng(seed));
            for (var i = 0; i < 4; i++) _cores[i] = _bench.Core(Names[i], Options);
            foreach (var core in _cores)
            {
                _bench.Run(core);
                _bench.Commit(core, new ControlChange.NodeJoined(Facts(core.Self), null, null));
                Watch();
            }
        }

        public int Compactions { get; private set; }

        public int CheckpointsTaken { get; private set; }

        public int Unknowns => _bench.Replies.Count(reply => reply.Result == ProposalResult.Unknown);

        public long Head => _bench.Log.Head;

        public bool AllStopped => _cores.All(core => core.StopReason is not null);

        public string Digest => _oracle.Digest;

        public bool AllRememberMoreThan(long version) => Names.All(name => _bench.Marks.TryGetValue(name, out var mark) && mark.Version > version);

        public void Play(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                var index = (int)(_random.Next() % 4);
                var core = _cores[index];
                if (_random.Chance(25)) Propose(core);
                if (_random.Chance(8)) Elect(core);
                if (_random.Chance(8)) _bench.Store.FailNextAppend((AppendFault)(_random.Next() % 3));
                if (_random.Chance(3)) _bench.Store.IsUnreachable = !_bench.Store.IsUnreachable;
                if (_random.Chance(10)) _bench.Log.DeliverLate();
                if (_random.Chance(2)) _cores[index] = core = Restart(core.Self.Name);
                if (_random.Chance(20) && _bench.Pushed.Count > 0)
                    core.OnPushed([_bench.Pushed[(int)(_random.Next() % (ulong)_bench.Pushed.Count)]], _bench.Now, _bench.Effects(core));
                var before = core.View.Version;
                // Node d sleeps most of the time: it is behind, often behind the checkpoint.
                if (index != 3 || _random.Chance(4)) Step(core);
                if (core.View.Version > before + Options.ReadRows) CheckpointsTaken++;
                Watch();
            }
        }

        public void Settle()
        {
            _bench.Store.IsUnreachable = false;
            for (var i = 0; i < 60; i++)
            {
                while (_bench.Log.DeliverLate() is not null) Watch();
                foreach (var core in _cores)
                {
                    if (i % 20 == 0 && core.View.Find(core.Self) is null) Join(core); // As a node does until it is a member.
                    var before = core.View.Version;
                    for (var call = 0; call < 20 && _bench.Step(core); call++) Watch();
                    if (core.View.Version > before + Options.ReadRows) CheckpointsTaken++;
                    _bench.Wait(core, TimeSpan.FromMilliseconds(20));
                }
            }
        }

        public void CheckAgreement()
        {
            foreach (var core in _cores)
            {
                Assert.True(core.StopReason is null, $"seed {_seed}: {core.Self} stopped: {core.StopReason}");
                Assert.True(Text(core.View) == Text(_oracle), $"seed {_seed}: {core.Self} has another view than the whole log gives");
            }
            foreach (var reply in _bench.Replies.Where(reply => reply.Result == ProposalResult.Committed && reply.Rejections.IsEmpty))
            {
                if (reply.Version > _oracle.Version || !reply.Detail.StartsWith("type ", StringComparison.Ordinal) || !_counts.Contains(reply)) continue;
                Assert.True(_oracle.Types.ContainsKey(reply.Detail[5..]), $"seed {_seed}: {reply.Detail} was committed and is lost");
            }
            if (!_cores.Any(core => core.Self == _oracle.Orchestrator?.Node)) return; // Nobody compacts.
            Assert.True(_bench.Log.RowCount <= (2 * Options.CompactAfter) + Options.CompactKeep + 2, $"seed {_seed}: {_bench.Log.RowCount} rows are kept");
        }

        public (InMemoryControlLog Log, ClusterView Oracle) TakeBackup() => (_bench.Log.Copy(), _oracle);

        /// <summary>All nodes are stopped, the backup is put in place, and all start again with what they remember.</summary>
        public void RestoreAndRestart((InMemoryControlLog Log, ClusterView Oracle) backup, string? adopter)
        {
            _bench.Restore(backup.Log.Copy());
            _bench.Pushed.Clear();
            _counts.Clear(); // What the backup lacks is lost: that is what the operator accepts.
            _oracle = backup.Oracle;
            for (var i = 0; i < 4; i++)
                if (Names[i] == adopter) _cores[i] = Restart(adopter, adopts: true);
            if (adopter is not null)
            {
                var core = _cores[Array.IndexOf(Names, adopter)];
                for (var i = 0; i < 40; i++)
                {
                    _bench.RunFor(core, TimeSpan.FromMilliseconds(10));
                    Watch();
                }
            }
            for (var i = 0; i < 4; i++)
                if (Names[i] != adopter) _cores[i] = Restart(Names[i]);
        }

        /// <summary>A new incarnation with what the old one wrote down; it joins in the old one's place.</summary>
        private LogCore Restart(string name, bool adopts = false)
        {
            var key = Key(name, ++_incarnations);
            var memory = new LogMemory(1, _bench.Marks.GetValueOrDefault(name), $"/data/{name}.control-log", adopts);
            var core = _bench.Core(key, Options, memory);
            Join(core);
            return core;
        }

        private void Join(LogCore core) => core.Propose(
            view => JoinRules.Join(view, Facts(core.Self), view.Members.GetValueOrDefault(core.Self.Name)?.Key), _bench.Now, _bench.Effects(core));

        private void Step(LogCore core)
        {
            var replies = _bench.Replies.Count;
            if (_random.Chance(60)) _bench.Step(core);
            else _bench.Wait(core, _random.Below(TimeSpan.FromMilliseconds(200)));
            for (var i = replies; i < _bench.Replies.Count; i++) _counts.Add(_bench.Replies[i]);
        }

        private void Propose(LogCore core)
        {
            var (type, self) = ($"p{_proposals++ % 200}", core.Self);
            core.Propose(
                view => view.Types.ContainsKey(type) ? null : new Decision(view.Version, 0, [new ControlChange.UnitTypeHosted(self, type, 2)], "type " + type),
                _bench.Now, _bench.Effects(core));
        }

        private void Elect(LogCore core)
        {
            var self = core.Self;
            core.Propose(
                view => view.Orchestrator?.Node == self
                    ? null
                    : new Decision(view.Version, 0, [new ControlChange.OrchestratorElected(self, view.Orchestrator?.Term ?? 0, true)], "elects " + self),
                _bench.Now, _bench.Effects(core));
        }

        /// <summary>Reads and folds what was committed since, before it can be compacted away.</summary>
        private void Watch()
        {
            foreach (var row in new InMemoryControlLogStore(_bench.Log).ReadAsync(_oracle.Version + 1, 100, default).AsTask().GetAwaiter().GetResult())
            {
                var (entry, digest) = (EntryCodec.Decode(row.Text), EntryCodec.Digest(row.Text));
                Assert.True(entry.PreviousDigest == _oracle.Digest, $"seed {_seed}: entry {row.Version} does not follow {_oracle.Version}");
                Assert.True(_granted.TryAdd(row.Version, digest) || _granted[row.Version] == digest, $"seed {_seed}: version {row.Version} was granted twice");
                if (entry.Changes is [ControlChange.LogCompacted]) Compactions++;
                _oracle = ViewFold.Apply(_oracle, entry, digest);
            }
        }
    }
}
