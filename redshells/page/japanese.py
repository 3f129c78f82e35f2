"""The words of the pages in Japanese, by the English ones."""

JAPANESE: dict[str, str] = {
    # in sentences and numbers
    ', ': '、',
    '{names} and {last}': '{names}、{last}',
    '{names} or {last}': '{names}、{last}',
    '{names} and {count} more': '{names} ほか {count} 件',
    '{number} s': '{number} 秒',
    '{number} min': '{number} 分',
    '{number} h': '{number} 時間',
    '{low} to {high}, median {median}': '{low} ~ {high}、中央値 {median}',
    '{shown} and {more} more': '{shown} ほか {more} 種類',
    'no values': '値なし',
    'vectors of {length} numbers': '{length} 個の数のベクトル',
    '{before} before, {now} now': '前回 {before}、今回 {now}',
    '{name}: {before} before, {now} now': '{name}: 前回 {before}、今回 {now}',
    # kinds and problems
    'number': '数値',
    'category': 'カテゴリ',
    'date': '日時',
    'vector': 'ベクトル',
    'other': 'その他',
    'classification': '分類',
    'classification, {count} classes': '分類、{count} クラス',
    'regression': '回帰',
    'ranking': 'ランキング',
    'text': 'テキスト',
    # every page
    'Contents': '目次',
    'Worth a look': '注意点',
    'Written by redshells {version} on {created}.': 'redshells {version} が {created} に作成。',
    'Intervals hold the number with a confidence of 95 %.': '区間は 95 % 信頼区間です。',
    '{model} for {target} ({problem})': '{model} による {target} の予測({problem})',
    '{model} ({problem})': '{model}({problem})',
    # the head of a page on a model
    '{number} rows': '{number} 行',
    '{number} rows that it had not seen': '学習に使っていない {number} 行',
    '{number} queries': '{number} 件のクエリ',
    '{number} queries that it had not seen': '学習に使っていない {number} 件のクエリ',
    'Of two rows, one of the class {positive} and one of {negative}, it ranks the right one higher in {share} of cases '
    '(AUC, on {rows}).': (
        '{positive} の行と {negative} の行を 1 行ずつ選ぶと、{share} の割合で正しい方を上位に並べます(AUC、{rows}で評価)。'
    ),
    'It names the right one of {count} classes for {share} of {rows}.': (
        '{rows}のうち {share} で、{count} クラスの中から正しいクラスを当てます。'
    ),
    'On {rows}, it is off by {mae} on average and explains {r2} of the variance of {target}.': (
        '{rows}で、誤差は平均 {mae}、{target} の分散の {r2} を説明します。'
    ),
    'It orders the rows of {queries} with {metric} {value} ({interval}); 1 is the perfect order.': (
        '{queries}で、{metric} は {value}({interval})です。1 が完全な順序です。'
    ),
    'On {rows}, {metric} is {value} ({interval}).': '{rows}で、{metric} は {value}({interval})です。',
    'It is clearly worse than {others}.': '{others}より明らかに劣っています。',
    'The scores and curves weigh the rows; where rows are counted, each counts as one.': (
        '指標と曲線は行の重みを使います。行数を数える所では 1 行を 1 と数えます。'
    ),
    'That is clearly better than {others}.': '{others}より明らかに優れています。',
    'It is not clearly better than {others}.': '{others}より明らかに優れているとは言えません。',
    'That is clearly better than {others}, but not than {rest}.': (
        '{others}より明らかに優れていますが、{rest}より優れているとは言えません。'
    ),
    'guessing': '当て推量',
    'a linear model': '線形モデル',
    'the defaults of the library': 'ライブラリの既定値',
    'gain over the defaults of the library': 'ライブラリの既定値に対する改善',
    'rows of the training': '学習データの行数',
    'rows that were scored': '評価した行数',
    'features': '特徴量',
    'rounds of training': '学習のラウンド数',
    # was it worth it
    'Was it worth it?': '学習した価値はあったか',
    'The {rows} scored rows by {metric}: this model beside simpler ones of the same training table.': (
        '評価した {rows} 行での {metric} を、同じ学習データで作った単純なモデルと比べます。'
    ),
    'Higher is better.': '大きいほど良い指標です。',
    'Lower is better.': '小さいほど良い指標です。',
    'Model': 'モデル',
    'This model': 'このモデル',
    '95 % interval': '95 % 信頼区間',
    'This model is better by': 'このモデルの改善幅',
    'Verdict': '判定',
    'clearly better': '明らかに良い',
    'clearly worse': '明らかに悪い',
    'no clear difference': '明らかな差なし',
    'Guessing: the shares of the classes': '当て推量: クラスの割合',
    'Guessing: the mean': '当て推量: 平均値',
    'Guessing: a random order': '当て推量: 無作為な順序',
    'Logistic regression': 'ロジスティック回帰',
    'Ridge regression': 'リッジ回帰',
    '{model} with its defaults': '{model} の既定値',
    '(trained on a sample of {rows} rows)': '({rows} 行の標本で学習)',
    # scores
    'Scores': '評価指標',
    'Score': '指標',
    'Value': '値',
    'Better is': '良い方向',
    'higher': '大きい方',
    'lower': '小さい方',
    'Cross-validation': '交差検証',
    'Cross-validation: mean ± standard deviation of {folds} folds': '交差検証: {folds} 分割の平均 ± 標準偏差',
    'ROC curve': 'ROC 曲線',
    'ROC curve of each class against the rest': 'クラスごとの ROC 曲線(1 対他)',
    'share of the others that are taken for it by mistake': '偽陽性率: 他のクラスを誤って判定した割合',
    'share of {name} that is found': '真陽性率: {name} を見つけた割合',
    'share that is found': '真陽性率: 見つけた割合',
    'The closer to the upper left corner the better; the dashed line is guessing.': (
        '左上に近いほど良く、破線は当て推量です。'
    ),
    'Precision by recall': '適合率と再現率',
    'recall: share that is found': '再現率: 見つけた割合',
    'precision: share of the found that is right': '適合率: 見つけたもののうち正しい割合',
    'The dashed line is guessing.': '破線は当て推量です。',
    'Calibration': '確率の較正',
    'predicted probability of {name}': '{name} の予測確率',
    'probability of the predicted class': '予測したクラスの確率',
    'observed share': '実際の割合',
    'On the dashed line, probabilities are what they say. They are off by {error} on average.': (
        '破線上では、予測確率が実際の割合と一致します。平均のずれは {error} です。'
    ),
    'How far the classes lie apart': 'クラスの分離',
    'rows of the class, in percent': 'クラス内の行の割合(%)',
    'Confusion: rows by true and by predicted class': '混同行列: 正解のクラスと予測のクラス別の行数',
    'true ↓ predicted →': '正解 ↓ 予測 →',
    'found': '再現率',
    'Classes that are confused most': '最も混同しやすいクラス',
    'true': '正解',
    'predicted': '予測',
    'The rows that are ranked first as {name}': '{name} として上位に並ぶ行',
    'the first {share}': '上位 {share}',
    'of them {name}': 'うち {name}',
    'Lift over all rows': '全体に対するリフト',
    'Share of all {name} found': '全 {name} のうち見つけた割合',
    'Predicted against true': '予測値と実測値',
    'predicted {target}': '{target} の予測値',
    'true {target}': '{target} の実測値',
    'On the dashed line, predictions are right. A sample of {rows} rows.': (
        '破線上では予測が実測と一致します。{rows} 行の標本です。'
    ),
    'Residuals': '残差',
    'true minus predicted': '実測値 - 予測値',
    'Half of the rows lie between {quarter} and {upper}, nine of ten between {low} and {high}; the median is '
    '{middle}.': (
        '半分の行は {quarter} から {upper} の間、9 割の行は {low} から {high} の間にあり、中央値は {middle} です。'
    ),
    'Mean of true and predicted, by tenths of the prediction': '予測値の 10 分位ごとの平均',
    'mean prediction': '予測値の平均',
    'mean true value': '実測値の平均',
    'Off the dashed line, predictions of this size are too high or too low.': (
        '破線から外れている所では、その大きさの予測が高すぎるか低すぎます。'
    ),
    'Size of the error, by tenths of the prediction': '予測値の 10 分位ごとの誤差',
    'mean absolute error': '絶対誤差の平均',
    'NDCG by query': 'クエリごとの NDCG',
    'NDCG of a query; 1 is the perfect order': 'クエリの NDCG(1 が完全な順序)',
    'queries': 'クエリ数',
    'Queries without a relevant row: {queries}. They are left out here, and count as 1 in the scores.': (
        '関連する行のない {queries} 件のクエリは除いています。評価指標では 1 と数えます。'
    ),
    'NDCG of the first rows': '上位の NDCG',
    'rows from the top': '上からの行数',
    'Relevance by rank': '順位ごとの関連度',
    'rank': '順位',
    'mean relevance': '関連度の平均',
    'The dashed line is a random order.': '破線は無作為な順序です。',
    'The queries with the lowest NDCG': 'NDCG が最も低いクエリ',
    'Query': 'クエリ',
    'Relevant rows': '関連する行',
    'The {count} most frequent classes are drawn.': '行の多い {count} クラスを描いています。',
    # learning curve
    'Learning curve': '学習曲線',
    'Score by the number of trees: {metric}': '木の本数と {metric}',
    'scored rows': '評価した行',
    'training rows': '学習データの行',
    'On samples of {train} and {test} rows. Where the lines part, the model learns its training by heart; that is harm '
    'only where the line of the scored rows turns.': (
        '学習データ {train} 行と評価データ {test} 行の標本です。2 本の線が離れる所では学習データを覚え込んでいますが、'
        '害になるのは評価データの線が悪化に転じてからです。'
    ),
    'Loss of the training by epoch': 'エポックごとの学習損失',
    'epochs of training': '学習のエポック数',
    'mean loss of the training rows': '学習データの損失の平均',
    'It fell from {first} to {last}.': '{first} から {last} まで下がりました。',
    'Score on held-out rows by epoch: {metric}': '検証データの {metric}(エポックごと)',
    'The dashed line is epoch {epoch}, the best one, whose weights the model has.': (
        '破線は最良のエポック {epoch} で、モデルはその重みを持っています。'
    ),
    'The score on held-out rows was still getting better in epoch {epoch}, the last one: train for more epochs.': (
        '検証データの指標は最後のエポック {epoch} でもまだ改善していました。エポック数を増やしてください。'
    ),
    # explanation
    'What the model looks at': 'モデルが見ているもの',
    'Share of each feature in what moves the predictions away from their mean (mean absolute SHAP values of {rows} '
    'scored rows).': (
        '予測を平均から動かす力のうち、各特徴量が占める割合です(評価した {rows} 行の SHAP 値の絶対値の平均)。'
    ),
    'How much {metric} suffers when the values of a column are shuffled, on {rows} rows (permutation importance). '
    'Columns that say the same can stand in for each other, and then neither seems to count.': (
        '列の値を並べ替えたときに {metric} がどれだけ悪化するかを {rows} 行で測りました(permutation importance)。'
        '同じ内容の列は互いに代わりになるため、どちらも重要でないように見えることがあります。'
    ),
    'other classes': 'その他のクラス',
    'Each dot is a row.': '点は 1 行を表します。',
    'To the right of the line, the feature speaks for {name}.': '線の右側では、その特徴量が {name} の確率を上げます。',
    'To the right of the line, the feature moves the row up.': '線の右側では、その特徴量が順位を上げます。',
    'To the right of the line, the feature raises the prediction.': '線の右側では、その特徴量が予測値を上げます。',
    'Colour: value of the feature, from low': '色は特徴量の値で、低い',
    'to high; grey where values have no order.': '高い。順序のない値は灰色です。',
    'The other {count} features together: {share}.': '残り {count} 個の特徴量の合計: {share}。',
    '{count} more columns were not shuffled.': 'ほか {count} 列は並べ替えていません。',
    # data
    'What it was trained on': '学習データ',
    'Rows: {rows}. Columns to learn from: {columns}. Missing values: {missing}. Target: {target}.': (
        '{rows} 行、特徴の列は {columns} 列で、値の {missing} が欠損しています。目的変数は {target} です。'
    ),
    ' The scored rows belong to {groups} groups.': '評価した行は {groups} 個のグループに属します。',
    'Classes of {target}': '{target} のクラス',
    'Class': 'クラス',
    'Rows of the training': '学習データの行数',
    'Share': '割合',
    'Share of the scored rows': '評価データでの割合',
    '{count} more classes are not shown.': 'ほか {count} クラスは省略しています。',
    'Columns': '列',
    'Column': '列',
    'Type': '型',
    'Missing': '欠損',
    'Values': '値',
    'Distribution': '分布',
    'Drift': 'ドリフト',
    'none': 'なし',
    'within chance': '偶然の範囲',
    'moderate': '中程度',
    'strong': '大きい',
    '{count} more columns are not shown.': 'ほか {count} 列は省略しています。',
    'Drift is how far the scored rows are from those of the training (PSI): under 0.1 or within chance they are alike, '
    'from 0.25 on they differ strongly.': (
        'ドリフトは、評価データの分布が学習データからどれだけ離れているかです(PSI)。0.1 未満または偶然の範囲なら同じ、'
        '0.25 以上なら大きく異なります。'
    ),
    # tuning
    'Tuning': 'チューニング',
    '{trials} trials in {time}: {complete} run to the end, {pruned} ended early.': (
        '{trials} 回の試行({time})のうち {complete} 回を最後まで実行し、{pruned} 回は途中で打ち切りました。'
    ),
    'The best one reaches a cross-validated {metric} of {best}, after {first} in the first.': (
        '交差検証の {metric} は、最初の試行の {first} から最良の試行の {best} になりました。'
    ),
    'The first one was the best: cross-validated {metric} {best}.': (
        '最初の試行が最良でした(交差検証の {metric} は {best})。'
    ),
    'The best one reaches a {metric} of {best}, after {first} in the first.': (
        '{metric} は、最初の試行の {first} から最良の試行の {best} になりました。'
    ),
    'The first one was the best: {metric} {best}.': '最初の試行が最良でした({metric} は {best})。',
    ' {failed} gave no number.': '{failed} 回は数値になりませんでした。',
    ' The trials learnt with a rate of {fast}; training uses a lower one with more rounds.': (
        '試行の学習率は {fast} で、本番の学習では学習率を下げてラウンド数を増やします。'
    ),
    'How the search went': '探索の経過',
    'trial': '試行',
    'Dots: trials that were run to the end. Line: the best so far.': (
        '点は最後まで実行した試行、線はそれまでの最良値です。'
    ),
    'Which parameters matter': '重要なパラメータ',
    'The share of each parameter in what makes a trial good (PED-ANOVA). With few trials it is a hint and no proof.': (
        '試行の良し悪しを決める力のうち、各パラメータが占める割合です(PED-ANOVA)。試行が少ないときは目安にすぎません。'
    ),
    'The trials, parameter by parameter': 'パラメータ別の試行',
    'The best trials': '最良の試行',
    'Trial': '試行',
    'Rounds': 'ラウンド数',
    'Seconds': '秒',
    'Parameters': 'パラメータ',
    'The parameters that training uses': '学習に使うパラメータ',
    'best {metric}': '最良の {metric}',
    'trials': '試行回数',
    'for all trials': '全試行の時間',
    'The best of {trials} trials reaches {metric} {value}.': '{trials} 回の試行のうち最良のものは {metric} {value} です。',
    # what changed
    'What changed': '前回からの変化',
    'There is no earlier report to compare with. The next one is compared with this one.': (
        '比較する前回のレポートはありません。次回はこのレポートと比較します。'
    ),
    'Compared with the report of {created}:': '{created} のレポートとの比較:',
    'before': '前回',
    'now': '今回',
    'Data': 'データ',
    'Rows': '行数',
    'New columns': '新しい列',
    'Columns that are gone': 'なくなった列',
    'Another kind of values': '値の種類の変化',
    '{moved} of {all} columns have drifted.': '{all} 列のうち {moved} 列がドリフトしています。',
    'The population stability index (PSI) says how far a distribution has moved: under 0.1 or within chance it has '
    'not, from 0.25 on it has moved strongly.': (
        'PSI(population stability index)は分布の変化の大きさです。0.1 未満または偶然の範囲なら変化なし、0.25 以上なら'
        '大きく変化しています。'
    ),
    'Missing before': '前回の欠損',
    'Missing now': '今回の欠損',
    'Importances that have moved most': '重要度の変化が大きい特徴量',
    'Feature': '特徴量',
    'Arguments of the model that differ': '異なるモデルの引数',
    'Argument': '引数',
    'Model before': '前回のモデル',
    'An earlier report of the same tasks was passed over: less than half of the columns are the same.': (
        '同じタスクの前回のレポートは、共通の列が半分未満のため比較していません。'
    ),
    'distribution: PSI {psi}; mean: {before} before, {now} now': '分布: PSI {psi}、平均: 前回 {before}、今回 {now}',
    'distribution: PSI {psi}': '分布: PSI {psi}',
    'What was found': '見つかった値',
    'It found the same.': '前回と同じ結果です。',
    # load and reproduce
    'Load it, and make it again': '読み込みと再現',
    'Files': 'ファイル',
    'What': '内容',
    'Task': 'タスク',
    'Unique id': 'ユニーク ID',
    'File': 'ファイル',
    'Training table': '学習データ',
    'Interactions of the training': '学習データ',
    'Held-out interactions': '評価データ',
    'Scored rows': '評価データ',
    'Tuning result': 'チューニング結果',
    'Predictions': '予測',
    'Report': 'レポート',
    'Table': '表',
    'Parameters of {task} ({role})': '{task}({role})のパラメータ',
    'This page was written with other ones:': 'このページの作成時のバージョン:',
    'Parameter': 'パラメータ',
    'What was read: digest of each table': '読み込んだデータ: 各表のダイジェスト',
    'Input': '入力',
    'Shape': '形',
    'Versions of the libraries': 'ライブラリのバージョン',
    # a table
    'Rows: {rows}. Columns: {columns}. In memory: {size}.': '{rows} 行 {columns} 列、メモリ {size}。',
    'rows': '行数',
    'columns': '列数',
    'of all values are missing': '欠損値の割合',
    'rows that repeat an earlier one': '重複する行数',
    'Target': '目的変数',
    'The target {target}': '目的変数 {target}',
    'The outer percents of the values count at the ends.': '両端 1 % ずつの値は端の棒に数えています。',
    'Columns that have most to do with it, one by one': '目的変数との関連が強い列(列ごと)',
    'Two numbers: rank correlation of Spearman, from -1 to 1. A number and a category: correlation ratio of the ranks, '
    'from 0 to 1. Two categories: Cramér’s V, from 0 to 1. A column close to 1 may give the target away.': (
        '数値どうしはスピアマンの順位相関(-1 ~ 1)、数値とカテゴリは順位の相関比(0 ~ 1)、カテゴリどうしはクラメールの '
        'V(0 ~ 1)です。1 に近い列は目的変数を漏らしている恐れがあります。'
    ),
    'Association': '関連の強さ',
    'Association with {target}': '{target} との関連',
    'Measure': '尺度',
    'rank correlation': '順位相関',
    'correlation ratio': '相関比',
    'Cramér’s V': 'クラメールの V',
    # a model of users and items
    'ratings of items by users': 'ユーザーによるアイテムの評価',
    'top items of users': 'ユーザーへの上位アイテム',
    'On {rows} held-out ratings it is off by {metric} {value} ({interval}); {other} by {simple}.': (
        '学習に使っていない {rows} 件の評価で、{metric} は {value}({interval})です。{other}では {simple} です。'
    ),
    'On {rows} held-out ratings it is off by {metric} {value} ({interval}).': (
        '学習に使っていない {rows} 件の評価で、{metric} は {value}({interval})です。'
    ),
    'Of the items that users went on to choose, {share} are among the top {count} of the model; the most popular items '
    'alone would find {popular}.': (
        'ユーザーがその後に選んだアイテムの {share} が、モデルの上位 {count} 件に入っています。人気順では {popular} です。'
    ),
    'It knows {users} users and {items} items. Without held-out interactions there are no scores.': (
        '{users} 人のユーザーと {items} 個のアイテムを学習しています。評価データがないため、評価指標はありません。'
    ),
    'the most popular items': '人気順',
    'the means of users and items': 'ユーザーとアイテムの平均',
    'the mean of each item': 'アイテムの平均',
    'the mean of all ratings': '全体の平均',
    'The most popular items': '人気順',
    'Means of users and items': 'ユーザーとアイテムの平均',
    'Mean of each item': 'アイテムの平均',
    'Mean of all ratings': '全体の平均',
    'gain over {other}': '{other}に対する改善',
    'users': 'ユーザー数',
    'items': 'アイテム数',
    'interactions': '行動の件数',
    'of all pairs are there': '全組み合わせに占める割合',
    'There are no held-out interactions that could be scored.': '評価できるデータがありません。',
    'Predicted ratings': '評価の予測',
    'Recommended items': 'アイテムの推薦',
    'On {rows} held-out ratings of {users} users.': '{users} 人のユーザーの、学習に使っていない {rows} 件の評価によります。',
    'By {rows} items that {users} users went on to choose and had not had before.': (
        '{users} 人のユーザーがその後に初めて選んだ {rows} 件によります。'
    ),
    'By {rows} items that {users} users went on to rate with at least {rating} and had not had before.': (
        '{users} 人のユーザーがその後に初めて選び、{rating} 以上と評価した {rows} 件によります。'
    ),
    '{low} to {high}': '{low} ~ {high}',
    'Users by their interactions in the training': '学習データでの行動の件数によるユーザー別',
    'Items by their interactions in the training': '学習データでの行動の件数によるアイテム別',
    'ratings': '評価の件数',
    'rating': '評価',
    'chosen items': '選ばれた件数',
    'Share of the chosen items that is found': '選ばれたアイテムのうち見つけた割合',
    'this model': 'このモデル',
    'share of the chosen items': '選ばれたアイテムの割合',
    'and {count} more': 'ほか {count} 件',
    'items that are recommended': '推薦する件数',
    'What it recommends': '推薦の内容',
    '{users} users get lists of {count} items that they have not had. {distinct} of {items} items ({share}) are in at '
    'least one list. The {most} most recommended items make {most_share} of all lists; the {most} most popular ones '
    'have {popular} of all interactions.': (
        '{users} 人のユーザーに、まだ選んでいないアイテムを {count} 件ずつ推薦しました。{items} 個のうち {distinct} 個({share})'
        'が誰かに推薦されています。最も多く推薦された {most} 個が推薦全体の {most_share} を、最も人気の {most} 個が行動全体の '
        '{popular} を占めます。'
    ),
    'How much the items have that have most': '上位のアイテムが占める割合',
    'recommendations': '推薦',
    'items in percent, those with the most first': 'アイテムの割合(多い順、%)',
    'percent of all': '全体に占める割合(%)',
    'Where the line of the recommendations is the upper one, these gather on fewer items than interactions do.': (
        '推薦の線が上にある所では、推薦の方が行動より少ないアイテムに集中しています。'
    ),
    'The most recommended items': '最も多く推薦されたアイテム',
    'Item': 'アイテム',
    'User': 'ユーザー',
    'users who get it': '推薦されたユーザーの割合',
    'users who had it': '選んだことのあるユーザーの割合',
    'A few users': 'ユーザーの例',
    'From rather idle users to busy ones. First the items that they liked best, or that the fewest others had.': (
        '行動の少ないユーザーから多いユーザーまでの例です。評価の高いもの、または選んだ人の少ないものを先に示します。'
    ),
    '✓: the user went on to choose it.': '✓ はユーザーがその後に選んだアイテムです。',
    'Had': '選んだアイテム',
    'Is recommended': '推薦されたアイテム',
    'Users: {users}. Items: {items}. Interactions: {pairs}, which are {density} of all pairs. A user has {of_users} of '
    'them (median), an item {of_items}. The most popular 1 % of the items have {one} of all interactions, the most '
    'popular 10 % have {ten}.': (
        'ユーザー {users} 人、アイテム {items} 個、行動 {pairs} 件(全組み合わせの {density})です。中央値はユーザー 1 人あたり '
        '{of_users} 件、アイテム 1 個あたり {of_items} 件です。人気上位 1 % のアイテムが行動全体の {one} を、上位 10 % が {ten} '
        'を占めます。'
    ),
    ' Ratings lie between {low} and {high}.': '評価は {low} から {high} の範囲です。',
    'Users by their interactions': '行動の件数別のユーザー数',
    'Items by their interactions': '行動の件数別のアイテム数',
    'From {least} to {most}, median {median}.': '{least} から {most} まで、中央値は {median} です。',
    'New among the most recommended': '新たに多く推薦されたアイテム',
    '{count} of the held-out interactions ({share}) are of pairs of the training: errors of their ratings are too '
    'small, and as recommendations they do not count.': (
        '評価データのうち {count} 件({share})は学習データにもある組み合わせです。評価の誤差は実際より小さく出ており、推薦の指標では'
        '除いています。'
    ),
    '{share} of the held-out interactions are of items that did not train: it can not recommend them.': (
        '評価データの {share} は学習データにないアイテムで、推薦できません。'
    ),
    '{share} of the held-out interactions are of users that did not train: it can recommend nothing to them.': (
        '評価データの {share} は学習データにないユーザーで、何も推薦できません。'
    ),
    'The items with the highest predicted ratings hold clearly less of what users went on to choose than the most '
    'popular items do: to recommend, train a model of clicks.': (
        '予測した評価が高い順の推薦は、ユーザーがその後に選んだアイテムを人気順より明らかに見つけられません。推薦にはクリックのモデルを'
        '学習してください。'
    ),
    'Few users were scored ({users}): the intervals are wide.': (
        '評価したユーザーは {users} 人だけなので、信頼区間は広くなります。'
    ),
    'Only {share} of the items are recommended to anybody among {users} users.': (
        '{users} 人のユーザーの誰かに推薦されたアイテムは、全体の {share} だけです。'
    ),
    'The same {count} items make {share} of all recommendations; the {count} most popular ones have {popular} of all '
    'interactions.': (
        '同じ {count} 個のアイテムが推薦全体の {share} を占めています。最も人気の {count} 個が行動全体に占める割合は {popular} です。'
    ),
    # the training of any model
    'A {model}, without a learning curve.': '{model} です。学習曲線はありません。',
    'Trained for {epochs} epochs.': '{epochs} エポック学習しました。',
    'Trained for {epochs} epochs; on held-out rows, epoch {best} was the best one, with {metric} {value}.': (
        '{epochs} エポック学習し、検証データではエポック {best} が最良で {metric} は {value} です。'
    ),
    'Arguments and sizes': '引数と規模',
    'Recorded by the training': '学習時の記録',
    # worth a look
    'The training table is not the one that the model was trained on: its digest is {found}…, the model has recorded '
    '{recorded}…. The data below are those of the new table.': (
        '学習データが、モデルの学習に使われたものと異なります。今のダイジェストは {found}…、モデルの記録は {recorded}… です。'
        '以下のデータは今の表のものです。'
    ),
    '{count} of the scored rows ({share}) stand in the training table as well: the scores are too good.': (
        '評価した行のうち {count} 行({share})が学習データにも含まれています。評価指標は実際より良く出ています。'
    ),
    'It scores clearly worse than {other}.': '{other}より明らかに劣っています。',
    'It does not clearly score better than {other}.': '{other}より明らかに優れているとは言えません。',
    '{feature} alone makes {share} of the predictions. Is it known before {target} is?': (
        '{feature} だけで予測の {share} が決まっています。{target} が分かる前に得られる値でしょうか。'
    ),
    '{metric} can not be computed on the scored rows.': '{metric} は評価データでは計算できません。',
    'It gives {name} a probability of {predicted} on average; {observed} of the rows are.': (
        '{name} の予測確率は平均 {predicted} ですが、実際は {observed} です。'
    ),
    'The scored rows have no {group}: the intervals take them for independent.': (
        '評価データに {group} がないため、信頼区間は各行を独立とみなしています。'
    ),
    'The scored rows have no {names}.': '評価データに {names} がありません。',
    'The probabilities are off by {error} on average: calibrate them before they are used as such.': (
        '予測確率は平均 {error} ずれています。確率として使う前に較正してください。'
    ),
    'Few queries were scored ({queries}): the intervals are wide.': (
        '評価したクエリは {queries} 件だけなので、信頼区間は広くなります。'
    ),
    'Few rows were scored ({rows}): the intervals are wide.': '評価したのは {rows} 行だけなので、信頼区間は広くなります。',
    'The scored rows differ strongly from the training in {names}.': (
        '評価データは {names} が学習データと大きく異なります。'
    ),
    '{name} is missing in {now} of the scored rows, and in {before} of those of the training.': (
        '{name} の欠損は、評価データで {now}、学習データで {before} です。'
    ),
    'Columns without any value: {names}.': '値が 1 つもない列: {names}。',
    'Columns with one value only: {names}.': '値が 1 種類しかない列: {names}。',
    'The target is missing in {rows} rows; training refuses them.': (
        '目的変数が {rows} 行で欠損しています。学習タスクはこれらの行を受け付けません。'
    ),
    'Nearly the target itself: {names}. Are they known before it is?': (
        'ほぼ目的変数そのものの列: {names}。目的変数が分かる前に得られる値でしょうか。'
    ),
    '{rows} rows repeat an earlier one.': '{rows} 行が前の行と重複しています。',
}
